/** Messages of an independent implementation (test/vectors/README.md). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatAddress, formatIpv4, parseIpv4 } from '../../src/lib/ip.ts';
import { ATTRIBUTE, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset } from '../../src/wire/attributes/canonical.ts';
import { AttributeEdits, writeAttributes } from '../../src/wire/attributes/encode.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { Framer } from '../../src/wire/framer.ts';
import { MESSAGE } from '../../src/wire/message.ts';
import { decodeNotification, describeNotification } from '../../src/wire/notification.ts';
import { capabilityName, describeCapability } from '../../src/wire/open/capabilities.ts';
import { decodeOpen } from '../../src/wire/open/open.ts';
import { decodeRouteRefresh } from '../../src/wire/route-refresh.ts';
import { NlriReader } from '../../src/wire/update/nlri.ts';
import { describeAttributes, NormalizedAttributes, normalizeAttributes } from '../../src/wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { CLASSIC, context, hex, MP, toHex } from './build.ts';

interface Nlri {
  readonly nlri: string;
  readonly 'path-information'?: string;
}

interface Decoded {
  readonly attribute?: Record<string, unknown>;
  readonly announce?: Record<string, Record<string, readonly Nlri[]>>;
  readonly withdraw?: Record<string, readonly Nlri[]>;
}

interface Vector {
  readonly source: string;
  readonly raw: string;
  readonly decoded: { readonly update: Decoded } | null;
}

const vectors: readonly Vector[] = readFileSync(resolve(__dirname, '../vectors/exabgp-messages.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const updates = vectors.filter(({ raw }) => hex(raw)[18] === MESSAGE.update);
const named = (list: readonly Vector[]) =>
  list.map((vector) => [vector.source, vector.raw.slice(32, 80), vector] as const);

/** The session that a message was captured on, derived from its file and its contents. */
function sessionOf({ source, raw, decoded }: Vector): UpdateContext {
  return context({
    as4: !source.includes('no-asn4'),
    // A message with LOCAL_PREF is of iBGP.
    ebgp: !raw.includes('400504'),
    addPath: JSON.stringify(decoded).includes('path-information'),
    extendedNextHop: source.includes('extended-nexthop'),
  });
}

/** Next hops that a host cannot have, an unknown well-known attribute, an IPv4 next hop for IPv6. */
function expectedVerdict({ source, raw }: Vector): number {
  if (/40030(47f|4ffffffff)/.test(raw) || raw.includes('800e2600020110000000')) return VERDICT.withdraw;
  if (raw.includes('609904') || raw.includes('709900')) return VERDICT.reset;
  return source.includes('extended-nexthop') && raw.includes('00020104') ? VERDICT.reset : VERDICT.ok;
}

/** Attributes by code, in the order of their codes: value in hexadecimal. */
function attributesOf(bytes: Uint8Array, start: number, end: number, skip: readonly number[] = []): [number, string][] {
  const found: [number, string][] = [];
  for (let at = start; at < end; at = attributeEnd(bytes, at)) {
    const value = toHex(bytes.subarray(attributeValueOffset(bytes, at), attributeEnd(bytes, at)));
    if (!skip.includes(bytes[at + 1])) found.push([bytes[at + 1], value]);
  }
  return found.sort(([a], [b]) => a - b);
}

function prefixesOf(view: UpdateView, start: number, end: number, family: FamilyId, addPath: boolean): Nlri[] {
  const reader = new NlriReader();
  reader.open(view.bytes, start, end, family, addPath);
  const found: Nlri[] = [];
  while (reader.next()) {
    const words = family === IPV4_UNICAST ? [reader.word0] : [reader.word0, reader.word1, reader.word2, reader.word3];
    const address = formatAddress(hex(words.map((word) => word.toString(16).padStart(8, '0')).join('')));
    const id = addPath ? { 'path-information': formatIpv4(reader.pathId) } : {};
    found.push({ nlri: `${address}/${reader.prefixLength}`, ...id });
  }
  return found;
}

interface Announced {
  readonly family: string;
  readonly nextHop: string;
  readonly prefixes: Nlri[];
}

/** What a message announces and withdraws in the unicast families, as ExaBGP writes it. */
function unicastOf(view: UpdateView, on: UpdateContext): { announced: Announced[]; withdrawn: Nlri[] } {
  const announced: Announced[] = [];
  const withdrawn: Nlri[] = [];
  const addPath = on.addPath[IPV4_UNICAST] !== 0;
  const { bytes } = view;
  withdrawn.push(...prefixesOf(view, view.withdrawnStart, view.withdrawnEnd, IPV4_UNICAST, addPath));
  if (view.nlriEnd > view.nlriStart) {
    const nextHop = formatAddress(bytes, attributeValueOffset(bytes, view.nextHopAttrStart), view.nextHopAttrEnd);
    const prefixes = prefixesOf(view, view.nlriStart, view.nlriEnd, IPV4_UNICAST, addPath);
    announced.push({ family: 'ipv4 unicast', nextHop, prefixes });
  }
  if (view.reachPresent && view.reachSafi === 1) {
    const family = view.reachAfi === 1 ? IPV4_UNICAST : IPV6_UNICAST;
    const nextHop = formatAddress(bytes, view.reachNextHopStart, view.reachNextHopStart + view.reachNextHopLength);
    const prefixes = prefixesOf(view, view.reachNlriStart, view.reachNlriEnd, family, addPath);
    announced.push({ family: `ipv${view.reachAfi === 1 ? 4 : 6} unicast`, nextHop, prefixes });
  }
  if (view.unreachPresent && view.unreachSafi === 1 && view.unreachNlriEnd > view.unreachNlriStart) {
    const family = view.unreachAfi === 1 ? IPV4_UNICAST : IPV6_UNICAST;
    withdrawn.push(...prefixesOf(view, view.unreachNlriStart, view.unreachNlriEnd, family, addPath));
  }
  return { announced, withdrawn };
}

function scanned(vector: Vector): { view: UpdateView; on: UpdateContext; out: NormalizedAttributes; form: number } {
  const view = new UpdateView();
  const out = new NormalizedAttributes();
  const on = sessionOf(vector);
  const bytes = hex(vector.raw);
  scanUpdate(bytes, 0, bytes.length, on, view);
  const form = view.nlriEnd > view.nlriStart ? CLASSIC : MP;
  normalizeAttributes(view, form, on, out);
  return { view, on, out, form };
}

const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^target:/, 'rt:'],
  [/^origin:/, 'ro:'],
  [/^mark /, 'mark:'],
  [/^l2info:/, 'l2-info:'],
  [/^rate-limit:(\d+):packets/, 'rate-limit-packets:$1'],
  [/^redirect-to-nexthop-ietf /, 'redirect-ip:'],
  [/^action sample-terminal/, 'traffic-action:sample:terminal'],
];

/** An extended community of theirs in our words: they write the number behind an origin's 2-octet AS as an address. */
function extendedCommunity(theirs: string): string {
  const renamed = RENAMED.reduce((text, [from, to]) => text.replace(from, to), theirs);
  return renamed.replace(/^(ro:\d+):([\d.]+\.\d+)$/, (_, head, address) => `${head}:${parseIpv4(address)}`);
}

describe('messages of ExaBGP', () => {
  test('are 250, framed one after the other', () => {
    const types: number[] = [];
    const stream = hex(vectors.map(({ raw }) => raw).join(''));
    const sink = {
      onFrame: (bytes: Uint8Array, start: number, end: number, type: number) => {
        expect(toHex(bytes.subarray(start, end))).toBe(vectors[types.length].raw);
        types.push(type);
        return true;
      },
      isTimeUp: () => false,
      onFramingError: (error: unknown) => {
        throw error;
      },
    };
    new Framer().push(stream, 0, stream.length, sink);
    expect(types).toHaveLength(250);
    expect(updates).toHaveLength(242);
  });

  test('are framed when split at any byte', () => {
    for (const { raw } of vectors) {
      const bytes = hex(raw);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const frames: string[] = [];
        const sink = {
          onFrame: (from: Uint8Array, start: number, end: number) => {
            frames.push(toHex(from.subarray(start, end)));
            return true;
          },
          isTimeUp: () => false,
          onFramingError: (error: unknown) => {
            throw error;
          },
        };
        const framer = new Framer();
        framer.push(bytes.slice(0, cut), 0, cut, sink);
        framer.push(bytes.slice(cut), 0, bytes.length - cut, sink);
        if (frames.length !== 1 || frames[0] !== raw) throw new Error(`${raw} split at ${cut}`);
      }
    }
  });

  test.each(named(updates))('%s %s gets the verdict of the RFC', (_source, _raw, vector) => {
    const { view, out } = scanned(vector);
    if (view.isEndOfRib >= 0 || (!view.hasReachable && view.verdict === VERDICT.ok)) return;
    expect(Math.max(view.verdict, view.verdict === VERDICT.reset ? 0 : out.verdict)).toBe(expectedVerdict(vector));
  });

  test.each(named(updates))('%s %s passes through unharmed', (_source, _raw, vector) => {
    const { view, on, out, form } = scanned(vector);
    if (!view.hasReachable || out.verdict >= VERDICT.withdraw) return;
    const edits = new AttributeEdits();
    edits.as4 = on.as4;
    const written = new Uint8Array(8192);
    const end = writeAttributes(out.bytes, 0, out.length, edits, written, 5);
    const elsewhere = [ATTRIBUTE.mpReach, ATTRIBUTE.mpUnreach, ...(form === MP ? [ATTRIBUTE.nextHop] : [])];
    expect(attributesOf(written, 5, end)).toEqual(
      attributesOf(view.bytes, view.attributesStart, view.attributesEnd, elsewhere),
    );
  });

  test.each(named(updates.filter(({ decoded }) => decoded !== null)))(
    '%s %s means what ExaBGP says',
    (_source, _raw, vector) => {
      const { view, on, out } = scanned(vector);
      const { announce = {}, withdraw = {}, attribute = {} } = vector.decoded!.update;
      if (view.verdict === VERDICT.reset) return;
      const { announced, withdrawn } = unicastOf(view, on);
      const isUnicast = ([family]: [string, unknown]) => family.endsWith(' unicast');
      const expected = Object.entries(announce)
        .filter(isUnicast)
        .flatMap(([family, hops]) =>
          Object.entries(hops).map(([nextHop, prefixes]) => ({ family, nextHop, prefixes: prefixes.map(plain) })),
        );
      expect(announced).toEqual(expected);
      expect(withdrawn).toEqual(
        Object.entries(withdraw)
          .filter(isUnicast)
          .flatMap(([, list]) => list.map(plain)),
      );
      if (out.verdict >= VERDICT.withdraw || !view.hasReachable) return;
      compareAttributes(attribute, describeAttributes(out.bytes, 0, out.length));
    },
  );

  test('say the same to an OPEN reader', () => {
    const opens = vectors.filter(({ raw }) => hex(raw)[18] === MESSAGE.open).map(({ raw }) => hex(raw));
    const shown = opens.map((bytes) => {
      const result = decodeOpen(bytes, 0, bytes.length);
      if (!result.ok) throw new Error('refused');
      const { open } = result;
      return [open.myAs, open.holdTimeSeconds, formatIpv4(open.routerId), ...open.capabilities.map(showCapability)];
    });
    const common = [65533, 180, '10.0.0.2'];
    const as4 = '4-octet as: 65533';
    expect(shown).toEqual([
      [...common, 'multiprotocol: ipv6-unicast', as4, 'extended message: ', 'capability 77: '],
      [...common, 'multiprotocol: ipv4-unicast', as4, 'extended message: ', 'software version: ExaBGP/5.0.0-0+test'],
      [...common, 'multiprotocol: ipv4-unicast', as4, 'extended message: ', 'fqdn: my-host-name.my-domain-name.com'],
    ]);
  });

  test('say the same to readers of NOTIFICATION and ROUTE-REFRESH', () => {
    const rest = vectors.map(({ raw }) => hex(raw));
    const notifications = rest.filter((bytes) => bytes[18] === MESSAGE.notification);
    expect(notifications.map((bytes) => describeNotification(decodeNotification(bytes, 0, bytes.length)))).toEqual([
      'Cease / Administrative Reset: "Administrative Reset"',
      expect.stringContaining('Message Header Error'),
    ]);
    const refreshes = rest.filter((bytes) => bytes[18] === MESSAGE.routeRefresh);
    expect(refreshes.map((bytes) => decodeRouteRefresh(bytes, 0, bytes.length))).toEqual(
      [1, 2, 0].map((subtype) => ({ afi: 1, safi: 1, subtype })),
    );
  });
});

function showCapability(capability: { code: number; value: Uint8Array }): string {
  return `${capabilityName(capability.code)}: ${describeCapability(capability)}`;
}

function plain(entry: Nlri): Nlri {
  const id = entry['path-information'];
  return { nlri: entry.nlri, ...(id === undefined ? {} : { 'path-information': id }) };
}

type Described = ReturnType<typeof describeAttributes>;

function compareAttributes(theirs: Record<string, unknown>, ours: Described): void {
  const path = Object.values((theirs['as-path'] ?? {}) as Record<string, { value: number[] }>);
  expect(ours.asPath).toBe(path.map(({ value }) => value.join(' ')).join(' '));
  expect(ours.origin.toLowerCase()).toBe(theirs.origin);
  expect(ours.localPref).toBe(theirs['local-preference'] ?? null);
  expect(ours.med).toBe(theirs.med ?? null);
  expect(ours.originatorId).toBe(theirs['originator-id'] ?? null);
  expect(ours.clusterList).toEqual(theirs['cluster-list'] ?? []);
  expect(ours.communities).toEqual(
    ((theirs.community ?? []) as (number[] | string)[]).map((pair) => [pair].flat().join(':')),
  );
  expect(ours.largeCommunities).toEqual(
    ((theirs['large-community'] ?? []) as number[][]).map((three) => three.join(':')),
  );
  const extended = (theirs['extended-community'] ?? []) as { string: string }[];
  expect(ours.extendedCommunities).toHaveLength(extended.length);
  // Those that have no words here are compared byte for byte by the test above.
  ours.extendedCommunities.forEach((text, i) => {
    if (!text.startsWith('0x')) expect(text.replace('non-transitive-', '')).toBe(extendedCommunity(extended[i].string));
  });
}
