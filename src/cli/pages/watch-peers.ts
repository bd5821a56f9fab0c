/** `watch peers`: on a terminal a table that is redrawn; in a pipe, one line per change. */
import type { PeerView } from '../../engine/api/peer-views.ts';
import type { WatchedPeerView } from '../../engine/api/watch-commands.ts';
import type { Output } from '../text/output.ts';
import { Clock } from '../text/times.ts';
import { labelOf, stateColor, stateName, writePeers } from './peers.ts';

/** Lines of the table: more peers than that scroll away. */
const MAX_ROWS = 200;

export async function writeWatchedPeers(items: AsyncIterable<WatchedPeerView>, output: Output): Promise<void> {
  const peers = new Map<string, PeerView>();
  const clock = new Clock(output);
  let isFirst = true;
  for await (const item of items) {
    if (item.kind === 'complete') {
      if (output.redraws) await redraw([...peers.values()], item.time, output);
      isFirst = false;
      continue;
    }
    if (item.kind === 'peer') peers.set(item.peer.address, item.peer);
    else peers.delete(item.address);
    if (output.redraws || isFirst) continue;
    const at = await clock.at(item.time);
    if (item.kind === 'removed') await output.line(`${at}  ${item.address}  removed`);
    else await output.line(`${at}  ${lineOf(item.peer, item.what, output)}`);
  }
}

function lineOf(peer: PeerView, what: string, output: Output): string {
  const label = labelOf(peer);
  const name = label === '' ? peer.address : `${peer.address} (${label})`;
  const reason = peer.state === 'Established' ? null : peer.obstacle;
  return `${name}  ${output.paint(stateName(peer), stateColor(peer))}  ${what}${reason === null ? '' : `: ${reason}`}`;
}

async function redraw(peers: readonly PeerView[], time: string, output: Output): Promise<void> {
  async function* shown() {
    yield* peers.slice(0, MAX_ROWS);
  }
  await output.clear();
  await output.line(output.paint(`${new Date(time).toLocaleTimeString()}  Ctrl-C ends`, 'grey'));
  await writePeers(shown(), output);
  if (peers.length > MAX_ROWS) await output.line(`${peers.length - MAX_ROWS} more; \`--group\` shows fewer`);
  await output.flush();
}
