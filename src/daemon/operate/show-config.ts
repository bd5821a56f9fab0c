/** `show config`: the configuration in force, of all or of one peer. */
import { RunningConfig } from '../../config/read/running.ts';
import type { ConfigView } from '../../engine/api/config-views.ts';
import { sentencesOf } from '../../engine/api/health.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { isPeer } from './doctor.ts';
import { type CommandTarget, findPeer } from './target.ts';

/** Causes of bad health that say how the file and what is in force differ. */
const DIFFERS: ReadonlySet<string> = new Set([
  'config-rejected',
  'config-unconfirmed',
  'config-undone',
  'restart-pending',
]);

/** @throws CommandError for an unknown peer */
export function* showConfig(daemon: CommandTarget, text: string | undefined): Generator<ConfigView> {
  const peer = text === undefined ? null : findPeer(daemon, text);
  const config = new RunningConfig(daemon.configText, daemon.configPath);
  for (const cause of daemon.health().causes) {
    if (DIFFERS.has(cause.cause)) for (const text of sentencesOf(cause)) yield { kind: 'note', text };
  }
  if (peer === null) yield* config.all();
  else yield* peerConfig(config, peer);
}

function* peerConfig(config: RunningConfig, peer: Peer): Generator<ConfigView> {
  if (peer.disabled !== null) yield { kind: 'note', text: `${peer.name} is disabled by a command, until \`enable\`` };
  if (peer.dynamic) yield { kind: 'note', text: `${peer.name} is a peer of a range of the group ${peer.spec.group}` };
  const index = peer.dynamic ? -1 : config.peers.findIndex((row) => isPeer(row, peer));
  yield* config.peer(index, peer.spec.group, peer.name);
}
