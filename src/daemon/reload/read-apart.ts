/**
 * Reads a configuration in a thread of its own: the thread of the engine only receives the result, in slices. Reading
 * 700 peers in one turn of the engine would stop it for 150 ms, 10,000 rules for a second.
 *
 *   reload ─► worker: YAML, checks, tests, specification ─► pieces ─ a few per turn ─► ConfigRead
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { RouterIdentity } from '../../config/resolve/resolve.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { FAMILIES, useFamily } from '../../wire/families.ts';
import { resultOf } from './in-slices.ts';
import { type ConfigRead, readConfig } from './read-config.ts';
import { fromPieces, type Piece } from './spec-pieces.ts';

/** What the thread reads. */
export interface ReadOrder {
  readonly path: string;
  readonly running: RouterIdentity;
  /** Families in use, by their ids. */
  readonly families: readonly string[];
}

/** The built thread. */
const WORKER = fileURLToPath(new URL('./read-worker.js', import.meta.url));

/** 10,000 peers take some seconds; a thread that is almost out of memory collects garbage for minutes. */
const MAX_MS = 60_000;

/** As `readConfig`, within a time. If there can be no thread, the file is read in this one. */
export async function readApart(path: string, running: RouterIdentity, maxMs = MAX_MS): Promise<ConfigRead> {
  const apart = existsSync(WORKER) ? await inThread(path, running, maxMs) : null;
  return apart ?? readConfig(path, running);
}

async function inThread(
  path: string,
  { as, routerId, confederation }: RouterIdentity,
  maxMs: number,
): Promise<ConfigRead | null> {
  const { port1, port2 } = new MessageChannel();
  const families = FAMILIES.map(({ name }) => name);
  const order: ReadOrder = { path, running: { as, routerId, confederation }, families };
  let worker: Worker | null = null;
  try {
    worker = new Worker(WORKER, { workerData: { ...order, pieces: port2 }, transferList: [port2], execArgv: [] });
    const used = await done(worker, maxMs);
    if (used === null) return unreadable(path, `it takes more than ${maxMs / 1000} s, or ${MEMORY}`);
    if (!takeIntoUse(used)) return null;
    return await resultOf(fromPieces(() => pieceOf(port1)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return null;
    // In this thread it would end the daemon.
    return unreadable(path, MEMORY);
  } finally {
    port1.close();
    void worker?.terminate();
  }
}

const MEMORY = 'it needs more memory than the daemon may use';

function unreadable(path: string, why: string): ConfigRead {
  const text = `cannot read ${path}: ${why}`;
  return { ok: false, count: 1, errors: [text], text };
}

/** Resolves with the families that the configuration uses, once all pieces are sent; null: that takes too long. */
function done(worker: Worker, maxMs: number): Promise<readonly string[] | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), maxMs);
    worker.once('message', (used: readonly string[]) => {
      clearTimeout(timer);
      resolve(used);
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('the thread ended'));
    });
  });
}

/** Whether families have the same ids here; false: another configuration has taken others into use meanwhile. */
function takeIntoUse(used: readonly string[]): boolean {
  for (const [id, name] of used.entries()) {
    if (FAMILIES[id] !== undefined && FAMILIES[id].name !== name) return false;
    useFamily(KNOWN_FAMILIES.find((kind) => kind.name === name)!);
  }
  return true;
}

function pieceOf(port: MessagePort): Piece {
  return receiveMessageOnPort(port)!.message as Piece;
}
