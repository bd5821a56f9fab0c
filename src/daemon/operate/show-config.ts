/** `show config`: the configuration in force, of all or of one peer. */
import type { ConfigView } from '../../engine/api/config-views.ts';
import { sentencesOf } from '../../engine/api/health.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { askedOf, configValues, configWorker } from '../config-text/values.ts';
import { type CommandTarget, findPeer } from './target.ts';

/** Causes of bad health that say how the file and what is in force differ. */
const DIFFERS: ReadonlySet<string> = new Set([
  'config-rejected',
  'config-unconfirmed',
  'config-undone',
  'restart-pending',
]);

/** @throws CommandError for an unknown peer */
export function showConfig(
  daemon: CommandTarget,
  text: string | undefined,
): Iterable<ConfigView> | AsyncIterable<ConfigView> {
  const peer = text === undefined ? null : findPeer(daemon, text);
  const asked = { text: daemon.configText, path: daemon.configPath, peer: peer === null ? null : askedOf(peer) };
  const values = configValues(asked, () => configWorker(daemon));
  const notes = [...notesOf(daemon, peer)];
  return Symbol.asyncIterator in values ? behindAsync(notes, values) : behind(notes, values);
}

/** What an operator has to know beside the values. */
function* notesOf(daemon: CommandTarget, peer: Peer | null): Generator<ConfigView> {
  for (const cause of daemon.health().causes) {
    if (DIFFERS.has(cause.cause)) for (const text of sentencesOf(cause)) yield { kind: 'note', text };
  }
  if (peer === null) return;
  if (peer.disabled !== null) yield { kind: 'note', text: `${peer.name} is disabled by a command, until \`enable\`` };
  if (peer.dynamic) yield { kind: 'note', text: `${peer.name} is a peer of a range of the group ${peer.spec.group}` };
}

function* behind(notes: readonly ConfigView[], values: Iterable<ConfigView>): Generator<ConfigView> {
  yield* notes;
  yield* values;
}

async function* behindAsync(
  notes: readonly ConfigView[],
  values: AsyncIterable<ConfigView>,
): AsyncGenerator<ConfigView> {
  yield* notes;
  yield* values;
}
