/**
 * Asserts a condition that only a bug of ours can break. Never for a peer's bytes or an operator's file.
 * @throws Error naming the broken invariant
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
