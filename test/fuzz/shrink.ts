/** Finds the least that still fails: fewer sessions, fewer messages, plainer sessions. */
import type { SessionScript } from './sessions.ts';

export type Sessions = readonly SessionScript[];
type Fails = (sessions: Sessions) => boolean | Promise<boolean>;

/** Leaves out pieces of a list, ever smaller ones, as long as what is left fails (delta debugging). */
async function reduce<T>(
  list: readonly T[],
  fails: (some: readonly T[]) => boolean | Promise<boolean>,
): Promise<readonly T[]> {
  let left = list;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (await fails(without)) left = without;
      else at += size;
    }
  }
  return left;
}

export async function shrink(sessions: Sessions, fails: Fails): Promise<Sessions> {
  let left = await reduce(sessions, fails);
  for (let at = 0; at < left.length; at++) {
    const session = left[at]!;
    const put = (changed: SessionScript): Sessions => left.map((one, i) => (i === at ? changed : one));
    const messages = await reduce(session.messages, (some) => fails(put({ ...session, messages: some })));
    left = put({ ...session, messages });
    for (const plainer of [{ cut: 0 }, { deaf: false }, { ending: 'close' as const }]) {
      const changed = put({ ...left[at]!, ...plainer });
      if (await fails(changed)) left = changed;
    }
  }
  return left;
}
