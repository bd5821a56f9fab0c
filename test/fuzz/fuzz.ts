/** The run of the fuzzer: batches of hostile sessions, a rest after each, and what is made of a fault. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type SessionScript, sessionScript } from './sessions.ts';
import { shrink } from './shrink.ts';
import { failureOf } from './simulation.ts';
import { Target } from './target.ts';

export interface Plan {
  readonly seconds: number;
  readonly seed: number;
  /** Sessions between two rests. */
  readonly batch: number;
  readonly atOnce: number;
  /** The run ends after so many faults. */
  readonly faults: number;
  readonly say: (line: string) => void;
}

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly sessions: number;
  readonly messages: number;
  readonly messagesPerSecond: number;
  readonly rests: number;
  /** Longest time without a message toward an observer, whose KEEPALIVE messages are due each 10 s. */
  readonly silenceMs: number;
  readonly residentMiB: { readonly first: number; readonly last: number; readonly most: number };
  readonly descriptors: { readonly first: number; readonly last: number };
  readonly faults: readonly string[];
}

/** A seed of the repository: what was found, and the least that shows it. */
export interface Seed {
  readonly found: string;
  readonly sessions: readonly SessionScript[];
}

const SEEDS = resolve(__dirname, 'seeds');
/** Growth of the resident size over the second half of a run that is a leak. */
const LEAK_MIB = 48;
/** A process that is late by more than this does not keep its own sessions alive. */
const PATIENCE_MS = 5000;

/** The session with a number; each is made when its turn comes, so that the observers are served in between. */
type SessionOf = (at: number) => SessionScript;

/** All sessions of a batch, some of them at the same time; gives the number of messages. */
async function attackAll(target: Target, count: number, sessionOf: SessionOf, atOnce: number): Promise<number> {
  let next = 0;
  let messages = 0;
  const worker = async () => {
    for (let at = next++; at < count; at = next++) {
      const sent = await target.attack(sessionOf(at));
      messages += sent;
      target.check();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return messages;
}

/** Whether the sessions, one after the other, make a new daemon fail. */
async function failsLive(sessions: readonly SessionScript[]): Promise<boolean> {
  const target = await Target.start();
  try {
    await attackAll(target, sessions.length, (at) => sessions[at]!, 1);
    await target.rest();
    return false;
  } catch {
    return true;
  } finally {
    await target.stop();
  }
}

/** Writes the least of the sessions that still fails into the seeds; in words what it is. */
async function keep(sessions: readonly SessionScript[], fault: Error, name: string): Promise<string> {
  const inside = failureOf(sessions);
  let least = sessions;
  if (inside !== null) least = await shrink(sessions, (some) => failureOf(some) !== null);
  else if (await failsLive(sessions)) least = await shrink(sessions, failsLive);
  const seed: Seed = { found: fault.message.slice(0, 400), sessions: least };
  mkdirSync(SEEDS, { recursive: true });
  const file = join(SEEDS, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(seed, null, 2)}\n`);
  const how = inside === null ? 'with a daemon only' : `in the simulation (${inside.slice(0, 200)})`;
  return `${fault.message.slice(0, 1000)}\n  fails ${how}; ${least.length} sessions in ${file}`;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
}

/** A resident size that still grows at the end of a long run. */
function leakIn({ samples }: Target): string | null {
  if (samples.length < 40) return null;
  const part = (from: number, to: number) =>
    median(
      samples.slice((samples.length * from) / 10, (samples.length * to) / 10).map(({ residentMiB }) => residentMiB),
    );
  const growth = part(9, 10) - part(5, 6);
  return growth > LEAK_MIB ? `the resident size grew by ${growth} MiB in the second half` : null;
}

export async function fuzz({ seconds, seed, batch, atOnce, faults: maxFaults, say }: Plan): Promise<Report> {
  const faults: string[] = [];
  let [sessions, messages, rests, silenceMs, saidAt] = [0, 0, 0, 0, 0];
  let target = await Target.start();
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  const rate = () => Math.round(messages / Math.max(elapsed(), 0.001));
  try {
    while (elapsed() < seconds && faults.length < maxFaults) {
      const before = sessions;
      const sessionOf = (at: number) => sessionScript(seed + before + at, before + at);
      try {
        const sent = await attackAll(target, batch, sessionOf, atOnce);
        messages += sent;
        await target.rest();
        rests++;
      } catch (error) {
        say(`FAULT ${(error as Error).message.slice(0, 1000)}`);
        await target.stop();
        if (target.lateMs > PATIENCE_MS) say(`not counted: this process itself was late by ${target.lateMs} ms`);
        else {
          const scripts = Array.from({ length: batch }, (_, at) => sessionOf(at));
          faults.push(await keep(scripts, error as Error, `fuzz-${seed + sessions}`));
          say(`KEPT ${faults.at(-1)}`);
        }
        target = await Target.start();
      }
      sessions += batch;
      silenceMs = Math.max(silenceMs, target.silenceMs);
      if (elapsed() - saidAt < 30) continue;
      saidAt = elapsed();
      const { residentMiB, descriptors } = target.samples.at(-1) ?? { residentMiB: 0, descriptors: 0 };
      say(
        `${Math.round(saidAt)} s: ${sessions} sessions, ${messages} messages, ${rate()}/s, ${residentMiB} MiB, ${descriptors} descriptors`,
      );
    }
    const leak = leakIn(target);
    if (leak !== null) faults.push(leak);
    const sizes = target.samples.map(({ residentMiB }) => residentMiB);
    const counts = target.samples.map(({ descriptors }) => descriptors);
    return {
      seed,
      seconds: Math.round(elapsed()),
      sessions,
      messages,
      messagesPerSecond: rate(),
      rests,
      silenceMs: Math.round(silenceMs),
      residentMiB: { first: sizes[0] ?? 0, last: sizes.at(-1) ?? 0, most: Math.max(0, ...sizes) },
      descriptors: { first: counts[0] ?? 0, last: counts.at(-1) ?? 0 },
      faults,
    };
  } finally {
    await target.stop('SIGTERM');
  }
}
