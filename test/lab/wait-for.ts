/** Polling that shows, when it gives up, what it saw last and what the daemons of the lab said. */
import { setTimeout as sleep } from 'node:timers/promises';

const DEFAULT_TIMEOUT_MS = 30_000;
const diagnostics = new Set<() => string>();

/** Thrown by a check that can never succeed any more: there is no use in waiting on. */
export class Hopeless extends Error {}

/** Adds to what failures show, for example the tails of logs; gives the function that takes it out again. */
export function addDiagnostics(tell: () => string): () => void {
  diagnostics.add(tell);
  return () => diagnostics.delete(tell);
}

/** Reads a state until `accept` likes it, and returns it. */
export async function waitFor<T>(
  description: string,
  read: () => T | Promise<T>,
  accept: (state: T) => boolean,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  let state: T | undefined;
  await eventually(
    description,
    async () => {
      state = await read();
      if (!accept(state)) throw new Error(`last seen: ${JSON.stringify(state, null, 1)}`);
    },
    timeoutMs,
  );
  return state as T;
}

/** Repeats `check` (usually some `expect`s) until it does not throw; then fails with its last complaint. */
export async function eventually(
  description: string,
  check: () => void | Promise<void>,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline || error instanceof Hopeless) throw giveUp(description, timeoutMs, error);
    }
    await sleep(pauseMs);
  }
}

function giveUp(description: string, timeoutMs: number, error: unknown): Error {
  const complaint = error instanceof Error ? error.message : String(error);
  const told = [...diagnostics].map((tell) => tell()).join('\n');
  return new Error(
    `not ${error instanceof Hopeless ? 'ever' : `within ${timeoutMs / 1000} s`}: ${description}\n${complaint}\n${told}`,
  );
}
