/**
 * Real routing data (test/mrt/README.md), replayed as UPDATEs and compared with what `bgpdump -m` says of every prefix
 * and attribute.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { formatAddress } from '../../src/lib/ip.ts';
import { ATTRIBUTE, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset } from '../../src/wire/attributes/canonical.ts';
import { AttributeEdits, writeAttributes } from '../../src/wire/attributes/encode.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { MESSAGE, writeHeader } from '../../src/wire/message.ts';
import { NlriReader } from '../../src/wire/update/nlri.ts';
import {
  describeAttributes,
  findAttribute,
  NormalizedAttributes,
  normalizeAttributes,
} from '../../src/wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { daemon } from '../lab/daemons.ts';
import { type MessageRow, type RibRow, readMrt } from '../lab/mrt.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import { CLASSIC, context, MP } from './build.ts';

const FOLDER = resolve(__dirname, '../mrt');

function bgpdump(file: string): string[] {
  const found = daemon('bgpdump');
  const text = execFileSync(found.program('usr/bin/bgpdump'), ['-m', resolve(FOLDER, file)], {
    env: { ...process.env, ...found.env },
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.toString('latin1').trim().split('\n');
}

const view = new UpdateView();
const out = new NormalizedAttributes();
const reader = new NlriReader();
const written = new Uint8Array(70_000);
const KEEP_WIDE = new AttributeEdits();
const NARROW = new AttributeEdits();
NARROW.as4 = false;

/** Messages whose verdict was not `ok`, by verdict. */
const verdicts: number[] = [0, 0, 0, 0];

function sessionOf(attributes: Uint8Array, as4: boolean, addPath: boolean): UpdateContext {
  // A set without LOCAL_PREF came from outside.
  return context({ as4, ebgp: !hasAttribute(attributes, ATTRIBUTE.localPref), addPath });
}

function hasAttribute(attributes: Uint8Array, code: number): boolean {
  for (let at = 0; at < attributes.length; at = attributeEnd(attributes, at))
    if (attributes[at + 1] === code) return true;
  return false;
}

/** An UPDATE that announces the row. The file has at most the next hop of MP_REACH_NLRI (RFC 6396 4.3.4). */
function updateOf(row: RibRow): Uint8Array {
  const id =
    row.pathId === null
      ? []
      : [row.pathId >>> 24, (row.pathId >>> 16) & 255, (row.pathId >>> 8) & 255, row.pathId & 255];
  const nlri = Uint8Array.from([...id, row.prefixLength, ...row.prefix]);
  const attributes = row.afi === 1 ? row.attributes : withReach(row.attributes, nlri);
  const tail = row.afi === 1 ? nlri : new Uint8Array(0);
  const message = new Uint8Array(23 + attributes.length + tail.length);
  writeHeader(message, 0, message.length, MESSAGE.update);
  message[21] = attributes.length >> 8;
  message[22] = attributes.length;
  message.set(attributes, 23);
  message.set(tail, 23 + attributes.length);
  return message;
}

/** What stands for a next hop that the file leaves out. */
const SOME_NEXT_HOP = Uint8Array.of(16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

function withReach(attributes: Uint8Array, nlri: Uint8Array): Uint8Array {
  const parts: number[] = [];
  let nextHop = SOME_NEXT_HOP;
  for (let at = 0; at < attributes.length; at = attributeEnd(attributes, at)) {
    const start = attributeValueOffset(attributes, at);
    if (attributes[at + 1] !== ATTRIBUTE.mpReach) parts.push(...attributes.subarray(at, attributeEnd(attributes, at)));
    else nextHop = attributes.slice(start, start + 1 + attributes[start]);
  }
  parts.push(0x80, ATTRIBUTE.mpReach, 3 + nextHop.length + 1 + nlri.length, 0, 2, 1, ...nextHop, 0, ...nlri);
  return Uint8Array.from(parts);
}

/** The next hop of MP_REACH_NLRI; bgpdump writes one that is mapped from IPv4 with dots, as inet_ntop does. */
/** NEXT_HOP of the canonical attributes; null: absent. */
function classicNextHop(): string | null {
  const at = findAttribute(out.bytes, 0, out.length, ATTRIBUTE.nextHop);
  return at < 0 ? null : formatAddress(out.bytes, attributeValueOffset(out.bytes, at), attributeEnd(out.bytes, at));
}

function reachNextHop(): string {
  const text = formatAddress(view.bytes, view.reachNextHopStart, view.reachNextHopStart + 16);
  if (!text.startsWith('::ffff:')) return text;
  return `::ffff:${formatAddress(view.bytes, view.reachNextHopStart + 12, view.reachNextHopStart + 16)}`;
}

/** bgpdump's name for what RFC 1997 calls NO_EXPORT_SUBCONFED; it knows three well-known communities. */
const THEIR_NAMES: Readonly<Record<string, string>> = {
  'no-export': 'no-export',
  'no-advertise': 'no-advertise',
  'no-export-subconfed': 'local-AS',
  'no-peer': '65535:65284',
  'graceful-shutdown': '65535:0',
  blackhole: '65535:666',
};

/** AS path to aggregator as a line of bgpdump has them, from canonical bytes. */
function lineOf(nextHop: string | null): string {
  const said = describeAttributes(out.bytes, 0, out.length);
  const communities = said.communities.map((text) => THEIR_NAMES[text] ?? text).join(' ');
  const atomic = said.atomicAggregate ? 'AG' : 'NAG';
  const numbers = `${said.localPref ?? 0}|${said.med ?? 0}`;
  // A next hop that is not there is printed as all ones, a number as zero.
  return `${said.asPath}|${said.origin}|${nextHop ?? '255.255.255.255'}|${numbers}|${communities}|${atomic}|${said.aggregator ?? ''}|`;
}

function prefixes(start: number, end: number, family: FamilyId, addPath: boolean): string[] {
  reader.open(view.bytes, start, end, family, addPath);
  const found: string[] = [];
  const octets = new Uint8Array(family === IPV4_UNICAST ? 4 : 16);
  const words = new DataView(octets.buffer);
  while (reader.next()) {
    words.setUint32(0, reader.word0);
    if (family === IPV6_UNICAST) {
      words.setUint32(4, reader.word1);
      words.setUint32(8, reader.word2);
      words.setUint32(12, reader.word3);
    }
    found.push(`${formatAddress(octets)}/${reader.prefixLength}${addPath ? `|${reader.pathId}` : ''}`);
  }
  return found;
}

/** Canonical attributes through the writer and back, in both widths, are what they were. */
function expectRoundTrip(form: number): void {
  const before = out.bytes.slice(0, out.length);
  for (const edits of [KEEP_WIDE, NARROW]) {
    const end = writeAttributes(before, 0, before.length, edits, written, 23);
    writeHeader(written, 0, end, MESSAGE.update);
    written[19] = written[20] = 0;
    written[21] = (end - 23) >> 8;
    written[22] = end - 23;
    const back = new UpdateView();
    const on = context({ as4: edits.as4, ebgp: findAttribute(before, 0, before.length, ATTRIBUTE.localPref) < 0 });
    scanUpdate(written, 0, end, on, back);
    normalizeAttributes(back, form, on, out);
    if (Buffer.compare(out.bytes.subarray(0, out.length), before) !== 0) throw new Error('a set changed on its way');
  }
}

/** Rows of a table dump as bgpdump prints them, without type and time. */
function* ribLines(file: string): Iterable<string> {
  let last = '';
  for (const row of readMrt(resolve(FOLDER, file))) {
    if (row.kind !== 'rib') continue;
    const addPath = row.pathId !== null;
    const message = updateOf(row);
    const on = sessionOf(row.attributes, row.as4, addPath);
    const scanned = scanUpdate(message, 0, message.length, on, view);
    const family = row.afi === 1 ? IPV4_UNICAST : IPV6_UNICAST;
    const form = row.afi === 1 ? CLASSIC : MP;
    verdicts[Math.max(scanned, normalizeAttributes(view, form, on, out))]++;
    const mp = hasAttribute(row.attributes, ATTRIBUTE.mpReach) ? reachNextHop() : null;
    const attributes = lineOf(row.afi === 1 ? classicNextHop() : mp);
    const [prefix] =
      row.afi === 1
        ? prefixes(view.nlriStart, view.nlriEnd, family, addPath)
        : prefixes(view.reachNlriStart, view.reachNlriEnd, family, addPath);
    yield `B|${formatAddress(row.peerAddress)}|${row.peerAs}|${prefix}|${attributes}`;
    // Rows of one set often stand together, and the way out and back depends on nothing else.
    if (attributes !== last && out.verdict < VERDICT.withdraw) expectRoundTrip(form);
    last = attributes;
  }
}

function* messageLines(file: string): Iterable<string> {
  for (const row of readMrt(resolve(FOLDER, file))) {
    if (row.kind === 'message' && row.message[18] === MESSAGE.update) yield* updateLines(row);
  }
}

/** The attributes of a message, as they stand in it. */
function attributesOf(message: Uint8Array): Uint8Array {
  const at = 21 + ((message[19] << 8) | message[20]);
  return message.subarray(at + 2, at + 2 + ((message[at] << 8) | message[at + 1]));
}

function* updateLines({ message, as4, peerAddress, peerAs }: MessageRow): Iterable<string> {
  const on = sessionOf(attributesOf(message), as4, false);
  const scanned = scanUpdate(message, 0, message.length, on, view);
  const unreach = view.unreachPresent && view.unreachAfi === 2 && view.unreachSafi === 1;
  const reach = view.reachPresent && view.reachAfi === 2 && view.reachSafi === 1;
  const peer = `${formatAddress(peerAddress)}|${peerAs}`;
  for (const prefix of prefixes(view.withdrawnStart, view.withdrawnEnd, IPV4_UNICAST, false))
    yield `W|${peer}|${prefix}`;
  if (unreach) {
    for (const prefix of prefixes(view.unreachNlriStart, view.unreachNlriEnd, IPV6_UNICAST, false))
      yield `W|${peer}|${prefix}`;
  }
  if (view.nlriEnd > view.nlriStart) {
    const attributes = normalized(scanned, CLASSIC, on);
    for (const prefix of prefixes(view.nlriStart, view.nlriEnd, IPV4_UNICAST, false))
      yield `A|${peer}|${prefix}|${attributes}`;
  }
  if (reach) {
    const attributes = normalized(scanned, MP, on);
    for (const prefix of prefixes(view.reachNlriStart, view.reachNlriEnd, IPV6_UNICAST, false)) {
      yield `A|${peer}|${prefix}|${attributes}`;
    }
  }
}

function normalized(scanned: number, form: number, on: UpdateContext): string {
  verdicts[Math.max(scanned, normalizeAttributes(view, form, on, out))]++;
  const line = lineOf(form === CLASSIC ? classicNextHop() : reachNextHop());
  if (out.verdict < VERDICT.withdraw) expectRoundTrip(form);
  return line;
}

/** Their line without type and time, and without an empty AGGREGATOR. */
function strip(line: string): string {
  return line.slice(line.indexOf('|', line.indexOf('|') + 1) + 1).replace('|0 0.0.0.0|', '||');
}

function compare(ours: Iterable<string>, theirs: readonly string[]): void {
  const differences: string[] = [];
  let i = 0;
  for (const line of ours) {
    const expected = i < theirs.length ? strip(theirs[i]) : '(nothing)';
    if (line !== expected && differences.length < 10)
      differences.push(`row ${i}\n  ours   ${line}\n  theirs ${expected}`);
    i++;
  }
  expect(differences).toEqual([]);
  expect(i).toBe(theirs.length);
}

describeWithDaemons(['bgpdump'], 'real routing data means what bgpdump says', () => {
  beforeEach(() => verdicts.fill(0));

  // Verdicts other than ok: AGGREGATOR with AS 0 (RFC 7607) in eight rows of 2002, and rows that have no attributes at
  // all, of routes that the daemon had by itself.
  test.each([
    ['bview.20020722.2337.gz', [115_513, 8, 0, 0]],
    ['bview.ipv4_unicast_add_path.gz', [60, 0, 2, 0]],
    ['bview.ipv6_unicast_add_path.gz', [60, 0, 2, 0]],
    ['rib.20140523.0600_first.gz', [270_005, 0, 0, 0]],
    ['openbgpd_rib_table-v2', [31, 0, 0, 0]],
    ['bird6-mrtdump_rib', [6, 0, 4, 0]],
  ])('%s, a table', (file, expected) => {
    compare(ribLines(file), bgpdump(file));
    expect(verdicts).toEqual(expected);
  });

  test.each([
    ['rrc15-updates.20100227.1600.gz', 53_786, [6453, 0, 0, 0]],
    ['quagga_bgp', 18, [6, 0, 0, 0]],
  ])('%s, updates of %i prefixes', (file, count, expected) => {
    const theirs = bgpdump(file).filter((line) => /^BGP4MP\|\d+\|[AW]\|/.test(line));
    expect(theirs).toHaveLength(count);
    compare(messageLines(file), theirs);
    expect(verdicts).toEqual(expected);
  });
});
