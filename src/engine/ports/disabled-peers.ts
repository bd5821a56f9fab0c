/**
 * The peers that an operator has disabled by a command. A name stays disabled through reloads, and through restarts (the
 * daemon keeps the list), also while it is the name of no peer: a host of a range, for example.
 */

/** Who disabled a peer, and when. */
export interface Disabled {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** In words: `uid 0, pid 4711`. */
  readonly by: string;
  /** The text that was sent to the operator of the peer; '': none. */
  readonly message: string;
}

export class DisabledPeers {
  private readonly byName = new Map<string, Disabled>();

  get list(): readonly Disabled[] {
    return [...this.byName.values()];
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  get(name: string): Disabled | null {
    return this.byName.get(name) ?? null;
  }

  add(disabled: Disabled): void {
    this.byName.set(disabled.name, disabled);
  }

  /** False: it was not disabled. */
  remove(name: string): boolean {
    return this.byName.delete(name);
  }
}

/** `disabled by a command (uid 0, pid 4711) at 2026-03-01 12:00 UTC: maintenance; \`enable 192.0.2.1\` ends this`. */
export function describeDisabled({ name, by, atMs, message }: Disabled): string {
  const at = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  const why = message === '' ? '' : `: ${message}`;
  return `disabled by a command (${by}) at ${at} UTC${why}; \`reflectord enable ${name}\` ends this`;
}
