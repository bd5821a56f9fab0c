/** Reads back which prefixes a log speaks of: what a member owes that leaves it. No I/O, no timers. */
import type { PrefixId } from '../rib/ids.ts';
import type { PrefixTable } from '../rib/prefixes.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';
import { NlriReader } from '../wire/nlri.ts';
import { scanUpdate, type UpdateContext, UpdateView } from '../wire/update.ts';
import type { Chunk, Cursor } from './chunks.ts';

const view = new UpdateView();
const reader = new NlriReader();
const context: UpdateContext = {
  as4: true,
  ebgp: false,
  addPath: new Uint8Array(FAMILIES.length),
  families: new Uint8Array(FAMILIES.length).fill(1),
  extendedNextHop: true,
};

/** Visits every prefix that the messages behind `from` announce or withdraw; one that is gone gets a new id. */
export function readChanges(
  from: Cursor,
  prefixes: PrefixTable,
  family: FamilyId,
  visit: (prefix: PrefixId) => void,
): void {
  let at = from.offset;
  for (let chunk: Chunk | null = from.chunk; chunk !== null; chunk = chunk.next) {
    while (at < chunk.length) {
      const length = (chunk.bytes[at + 16] << 8) | chunk.bytes[at + 17];
      scanUpdate(chunk.bytes, at, at + length, context, view);
      readField(view.withdrawnStart, view.withdrawnEnd);
      readField(view.nlriStart, view.nlriEnd);
      if (view.reachPresent) readField(view.reachNlriStart, view.reachNlriEnd);
      if (view.unreachPresent) readField(view.unreachNlriStart, view.unreachNlriEnd);
      at += length;
    }
    at = 0;
  }

  function readField(start: number, end: number): void {
    reader.open(view.bytes, start, end, family, false);
    while (reader.next()) visit(prefixes.intern(reader));
  }
}
