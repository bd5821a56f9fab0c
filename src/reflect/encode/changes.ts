/** Reads back which prefixes a log contains: what a member that leaves the log is owed. */
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { PrefixTable } from '../../rib/tables/prefixes.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { MAX_FAMILIES } from '../../wire/families.ts';
import { NlriReader } from '../../wire/update/nlri.ts';
import { scanUpdate, UpdateView } from '../../wire/update/update.ts';
import type { Chunk, Cursor } from './chunks.ts';
import type { GroupKey } from './group-key.ts';

const view = new UpdateView();
const reader = new NlriReader();
const plain = contextWith(0);
const withPathIds = contextWith(1);

function contextWith(addPath: 0 | 1): UpdateContext {
  return {
    as4: true,
    ebgp: false,
    addPath: new Uint8Array(MAX_FAMILIES).fill(addPath),
    families: new Uint8Array(MAX_FAMILIES).fill(1),
    extendedNextHop: true,
  };
}

/** Visits a prefix. `withdrawn` is the ADD-PATH identifier of a withdrawal (0 without), or null for an announcement. */
type ChangeVisitor = (prefix: PrefixId, withdrawn: number | null) => void;

/**
 * Visits every prefix that the messages behind `from` announce or withdraw.
 * @param adds a prefix that was removed since gets a new id; otherwise it is left out
 */
export function readChanges(
  from: Cursor,
  prefixes: PrefixTable,
  key: GroupKey,
  visit: ChangeVisitor,
  adds = true,
): void {
  const addPath = key.select.kind === 'paths';
  const context = addPath ? withPathIds : plain;
  let at = from.offset;
  for (let chunk: Chunk | null = from.chunk; chunk !== null; chunk = chunk.next) {
    while (at < chunk.length) {
      const length = (chunk.bytes[at + 16] << 8) | chunk.bytes[at + 17];
      scanUpdate(chunk.bytes, at, at + length, context, view);
      readField(view.withdrawnStart, view.withdrawnEnd, true);
      readField(view.nlriStart, view.nlriEnd, false);
      if (view.reachPresent) readField(view.reachNlriStart, view.reachNlriEnd, false);
      if (view.unreachPresent) readField(view.unreachNlriStart, view.unreachNlriEnd, true);
      at += length;
    }
    at = 0;
  }

  function readField(start: number, end: number, isWithdrawn: boolean): void {
    reader.open(view.bytes, start, end, key.family, addPath, isWithdrawn);
    while (reader.next()) {
      const prefix = adds ? prefixes.intern(reader) : prefixes.find(reader);
      if (prefix !== 0) visit(prefix, isWithdrawn ? reader.pathId : null);
    }
  }
}
