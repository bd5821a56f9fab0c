/** The values of a configuration text, of all or of one peer; a long text is read in a thread of its own. */
import { on } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RunningConfig } from '../../config/read/running.ts';
import type { ConfigView } from '../../engine/api/config-views.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { parseAddress } from '../../lib/ip.ts';

/** Longer texts take more than some milliseconds. */
export const SHORT = 65_536;

/** What of a peer is needed to find it in the text. */
export interface PeerAsked {
  readonly name: string;
  readonly dynamic: boolean;
  readonly group: string;
  readonly interfaceName: string | null;
  readonly address: Uint8Array;
}

export function askedOf({ name, dynamic, spec }: Peer): PeerAsked {
  return { name, dynamic, group: spec.group, interfaceName: spec.interfaceName, address: spec.address };
}

/** Path of the built thread that reads long texts. */
export function configWorker({ options }: { readonly options: { readonly program: string } }): string {
  return join(options.program, 'daemon', 'config-text', 'worker.js');
}

export interface ConfigAsked {
  readonly text: string;
  readonly path: string;
  /** null: all. */
  readonly peer: PeerAsked | null;
}

/** @param worker path of the built `worker` */
export function configValues(
  asked: ConfigAsked,
  worker: () => string,
): Iterable<ConfigView> | AsyncIterable<ConfigView> {
  return asked.text.length <= SHORT ? readValues(asked) : inThread<ConfigView>(asked, worker());
}

/** @throws Error for a text that is not a valid configuration */
export function* readValues({ text, path, peer }: ConfigAsked): Generator<ConfigView> {
  const config = new RunningConfig(text, path);
  if (peer === null) yield* config.all();
  else {
    const index = peer.dynamic ? -1 : config.peers.findIndex((row) => isRowOf(row, peer));
    yield* config.peer(index, peer.group, peer.name);
  }
}

/** Whether a peer of the file is this one. */
function isRowOf(
  row: Readonly<Record<string, unknown>>,
  { name, interfaceName, address }: Pick<PeerAsked, 'name' | 'interfaceName' | 'address'>,
): boolean {
  if (typeof row.interface === 'string' && row.interface === interfaceName) return true;
  const bytes = typeof row.address === 'string' ? parseAddress(row.address) : null;
  return row.address === name || (bytes !== null && Buffer.from(bytes).equals(Buffer.from(address)));
}

/** The answers of a `worker`. */
export async function* inThread<T>(asked: object, program: string): AsyncGenerator<T> {
  const worker = new Worker(program, { workerData: asked, execArgv: [] });
  try {
    for await (const [batch] of on(worker, 'message')) {
      if (batch === null) return;
      yield* batch as T[];
    }
  } finally {
    await worker.terminate();
  }
}
