/** `show history` and `watch routes`: changes of best paths in words, and which of them are asked for. */
import { formatPrefix, parseAddress, parsePrefix } from '../../../lib/ip.ts';
import { STEPS } from '../../../rib/paths/steps.ts';
import { nextHopText } from '../../../rib/tables/next-hop-octets.ts';
import { describeReason } from '../../../rib/tables/reasons.ts';
import { FAMILIES, type Family } from '../../../wire/families.ts';
import { NlriParts } from '../../../wire/nlri-codec.ts';
import { describeAttributes } from '../../../wire/update/normalize.ts';
import { CommandError } from '../../api/commands.ts';
import type { HistoryView, RouteChangeView } from '../../api/watch-commands.ts';
import type { NlriFilter, RouteChanges } from '../../route-history/route-changes.ts';
import type { RouteChange } from '../../route-history/slots.ts';
import { familiesNamed } from '../search/search.ts';
import type { RouteQuery } from '../search/selection.ts';

/** Records between two pauses. */
const WORK = 256;
const NOTHING = new Uint8Array(0);
const parts = new NlriParts();

export interface HistoryQuery extends RouteQuery {
  /** Name of a peer. */
  readonly peer?: string | undefined;
  readonly last?: number | undefined;
}

/** What is asked for, as a test of an NLRI; null: all. @throws CommandError for a search that it cannot answer */
export function nlriFilter({ target, scope, family, filters = [], conditions = [] }: HistoryQuery): NlriFilter | null {
  if (filters.length + conditions.length > 0 || scope === 'shorter' || scope === 'or-shorter')
    throw new CommandError('a history is searched by family, prefix or route, `longer`, `or-longer` and --peer only');
  if (scope !== undefined && target === undefined) throw new CommandError(`"${scope}" needs a prefix`);
  const families = familiesNamed(family);
  if (target === undefined) return family === undefined ? null : (id) => id === families[0]!.id;
  const tests = new Map(families.flatMap((one) => testsOf(one, target, scope)));
  if (tests.size === 0)
    throw new CommandError(`"${target}" is no prefix; a prefix looks like 10.0.0.0/8 or 2001:db8::/32`);
  return (id, bytes, length) => tests.get(id)?.(bytes, length) ?? false;
}

type Test = (bytes: Uint8Array, length: number) => boolean;

function testsOf(family: Family, target: string, scope: string | undefined): [number, Test][] {
  const { id, codec, afi } = family;
  if (codec !== null) {
    const key = codec.parse(target);
    if (!(key instanceof Uint8Array)) return [];
    const out = new Uint8Array(key.length + 32);
    const nlri = out.slice(0, codec.write(key, 0, key.length, NOTHING, 0, 0, out, 0));
    return [[id, (bytes, length) => length === nlri.length && sameBits(bytes, 0, nlri, 0, length * 8)]];
  }
  const octets = afi === 1 ? 4 : 16;
  const address = parseAddress(target);
  if (address !== null) {
    // The prefixes that contain an address.
    return address.length === octets ? [[id, (bytes) => sameBits(bytes, 1, address, 0, bytes[0]!)]] : [];
  }
  const prefix = parsePrefix(target);
  if (prefix === null || prefix.address.length !== octets) return [];
  return [
    [
      id,
      (bytes) => {
        const own = bytes[0]!;
        const isLength = scope === undefined ? own === prefix.length : own >= prefix.length;
        if (!isLength || (scope === 'longer' && own === prefix.length)) return false;
        return sameBits(bytes, 1, prefix.address, 0, prefix.length);
      },
    ],
  ];
}

function sameBits(one: Uint8Array, at: number, other: Uint8Array, otherAt: number, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (one[at + i] !== other[otherAt + i]) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return mask === 0 || ((one[at + whole]! ^ other[otherAt + whole]!) & mask) === 0;
}

/** The recorded changes of a query, the oldest first; `undefined` where the caller may pause. */
export function* viewHistory(changes: RouteChanges, query: HistoryQuery): Iterable<HistoryView | undefined> {
  const filter = nlriFilter(query);
  const { peer, last } = query;
  const oldest = changes.read(changes.oldest);
  const sinceMs = changes.oldest > 1 && oldest !== null ? oldest.atMs : changes.sinceMs;
  yield { kind: 'since', time: iso(sinceMs), kept: changes.capacity };
  let work = 0;
  // The newest ones are found first, from the end.
  let from = changes.oldest;
  if (last !== undefined) {
    let found = 0;
    for (from = changes.next; from > changes.oldest && found < last; from--) {
      if (work++ % WORK === 0) yield undefined;
      if (changes.isWanted(from - 1, filter, peer)) found++;
    }
  }
  for (let number = from; number < changes.next; number++) {
    const isGap = changes.isGap(number);
    const change = isGap || changes.isWanted(number, filter, peer) ? changes.read(number) : null;
    if (change === null) yield undefined;
    else yield isGap ? viewGap(change) : viewChange(change);
  }
  if (changes.pending > 0) yield missing(changes.pending, null, changes.wallMs(), TOO_MANY);
}

function viewGap({ paths, sinceMs, atMs }: RouteChange): HistoryView {
  return missing(paths, sinceMs, atMs, TOO_MANY);
}

export function missing(changes: number, sinceMs: number | null, atMs: number, why: string): HistoryView {
  return { kind: 'missing', time: iso(atMs), since: sinceMs === null ? null : iso(sinceMs), changes, why };
}

const TOO_MANY = 'too many at once';

export function viewChange(change: RouteChange): RouteChangeView {
  const { family, nlri, nextHop, attributes, peer, before, step, atMs } = change;
  const row = FAMILIES[family]!;
  return {
    kind: 'change',
    time: iso(atMs),
    family: row.name,
    prefix: textOf(row, nlri),
    text: describeChange(change),
    from: peer,
    before,
    decidedBy: step < 0 ? null : STEPS[step]!,
    attributes:
      peer === null || attributes === null
        ? null
        : {
            nextHop: nextHopText(nextHop, 0, nextHop.length),
            ...describeAttributes(attributes, 0, attributes.length),
          },
  };
}

function textOf({ codec, afi }: Family, nlri: Uint8Array): string {
  if (codec !== null) {
    codec.read(nlri, 0, nlri.length, true, parts);
    return codec.format(parts.key.slice(0, parts.keyLength));
  }
  const address = new Uint8Array(afi === 1 ? 4 : 16);
  address.set(nlri.subarray(1));
  return formatPrefix({ address, length: nlri[0]! });
}

/** One sentence: what the best path is now, and why it is not the one before. */
function describeChange({ cause, peer, before, step, reason, paths }: RouteChange): string {
  if (peer === null) {
    const rest =
      paths === 0 || cause === 'unusable'
        ? ''
        : `, and ${paths === 1 ? 'the other path is' : 'all other paths are'} unusable`;
    return `no usable path: ${GONE[cause](before ?? 'its peer', describeReason(reason))}${rest}`;
  }
  if (cause === 'changed') return `${peer} announced it with other attributes`;
  const how = step < 0 ? '' : step === 0 ? ' (the only path)' : ` (${STEPS[step]})`;
  const now = `best path from ${peer}${how}`;
  if (cause === 'unknown' || cause === 'appeared') return now;
  if (cause === 'better') return before === peer ? now : `${now}: preferred to that from ${before}`;
  return `${now}: ${GONE[cause](before ?? '', describeReason(reason))}`;
}

/** Why the path before is not used, by cause. */
const GONE: Readonly<Record<RouteChange['cause'], (peer: string, reason: string) => string>> = {
  withdrawn: (peer) => `${peer} withdrew it`,
  closed: (peer) => `the session with ${peer} ended`,
  unusable: (peer, reason) => `that from ${peer} is unusable: ${reason}`,
  lost: () => 'the last one is gone',
  unknown: () => 'the last one is gone',
  appeared: () => '',
  better: () => '',
  changed: () => '',
};

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
