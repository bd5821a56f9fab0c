/**
 * What RFC 7606 says becomes of an UPDATE from an internal peer with 4-octet AS numbers and both unicast families:
 * written from the RFCs' words with plain lists, apart from the code that it is to judge.
 */

export interface Outcome {
  /** The session ends. */
  readonly reset: boolean;
  /** Prefixes as `family length octets`, hexadecimal: those that are gone, and those that are announced after that. */
  readonly gone: readonly string[];
  readonly announced: readonly string[];
}

const LEVEL = { ok: 0, discard: 1, withdraw: 2, reset: 3 } as const;
type Level = (typeof LEVEL)[keyof typeof LEVEL];
const RESET: Outcome = { reset: true, gone: [], announced: [] };

interface Rule {
  /** Optional and Transitive bits. */
  readonly flags: number;
  readonly malformed: Level;
  readonly isSound: (value: readonly number[]) => boolean;
}

const wellKnown = 0x40;
const transitive = 0xc0;
const nonTransitive = 0x80;
const exactly = (length: number) => (value: readonly number[]) => value.length === length;
const listOf = (size: number) => (value: readonly number[]) => value.length > 0 && value.length % size === 0;
const number = (octets: readonly number[]) => octets.reduce((sum, octet) => sum * 256 + octet, 0);

/** RFC 7606 7 (and 8092 5, 9234 5), by type code; null: an attribute that such a peer should not send, left out. */
const RULES: Readonly<Record<number, Rule | null>> = {
  1: { flags: wellKnown, malformed: LEVEL.withdraw, isSound: (value) => value.length === 1 && value[0]! <= 2 },
  2: { flags: wellKnown, malformed: LEVEL.withdraw, isSound: isPath },
  3: { flags: wellKnown, malformed: LEVEL.withdraw, isSound: (value) => value.length === 4 && isHost(value) },
  4: { flags: nonTransitive, malformed: LEVEL.withdraw, isSound: exactly(4) },
  5: { flags: wellKnown, malformed: LEVEL.withdraw, isSound: exactly(4) },
  6: { flags: wellKnown, malformed: LEVEL.discard, isSound: exactly(0) },
  7: {
    flags: transitive,
    malformed: LEVEL.discard,
    isSound: (value) => value.length === 8 && number(value.slice(0, 4)) !== 0,
  },
  8: { flags: transitive, malformed: LEVEL.withdraw, isSound: listOf(4) },
  9: { flags: nonTransitive, malformed: LEVEL.withdraw, isSound: exactly(4) },
  10: { flags: nonTransitive, malformed: LEVEL.withdraw, isSound: listOf(4) },
  16: { flags: transitive, malformed: LEVEL.withdraw, isSound: listOf(8) },
  17: null,
  18: null,
  25: { flags: transitive, malformed: LEVEL.withdraw, isSound: listOf(20) },
  32: { flags: transitive, malformed: LEVEL.withdraw, isSound: listOf(12) },
  35: { flags: transitive, malformed: LEVEL.withdraw, isSound: exactly(4) },
};

/** Codes that have rules of their own, of which nothing is said here. */
const ELSEWHERE: readonly number[] = [22, 23, 24, 26, 27, 28, 29, 37, 38, 40, 128];

/** RFC 4271 4.3, RFC 5065 3, RFC 7607 2. */
function isPath(value: readonly number[]): boolean {
  let rest = value;
  while (rest.length > 0) {
    const [type = 0, count = 0] = rest;
    const numbers = rest.slice(2, 2 + count * 4);
    if (type < 1 || type > 4 || count === 0 || numbers.length < count * 4) return false;
    for (let i = 0; i < count; i++) if (number(numbers.slice(i * 4, i * 4 + 4)) === 0) return false;
    rest = rest.slice(2 + count * 4);
  }
  return true;
}

/** RFC 4271 6.3: a valid IP host address. */
function isHost([first = 0]: readonly number[]): boolean {
  return first !== 0 && first !== 127 && first < 224;
}

/** Prefixes of a field, or null if they cannot be separated (RFC 7606 5.3). */
function prefixes(field: readonly number[], family: 'v4' | 'v6'): string[] | null {
  const found: string[] = [];
  let rest = field;
  while (rest.length > 0) {
    const [bits = 0] = rest;
    const octets = rest.slice(1, 1 + Math.ceil(bits / 8));
    if (bits > (family === 'v4' ? 32 : 128) || octets.length < Math.ceil(bits / 8)) return null;
    if (bits % 8 !== 0) octets[octets.length - 1]! &= 0xff << (8 - (bits % 8));
    found.push(`${family} ${bits} ${Buffer.from(octets).toString('hex')}`);
    rest = rest.slice(1 + octets.length);
  }
  return found;
}

function familyOf([afiHigh, afiLow, safi]: readonly number[]): 'v4' | 'v6' | null {
  if (afiHigh !== 0 || safi !== 1) return null;
  return afiLow === 1 ? 'v4' : afiLow === 2 ? 'v6' : null;
}

/** RFC 4760 3, RFC 2545 3: its length, and that it is not unspecified, multicast or our own. */
function nextHopOf(family: 'v4' | 'v6', octets: readonly number[]): Level {
  if (family === 'v4') return octets.length !== 4 ? LEVEL.reset : isHost(octets) ? LEVEL.ok : LEVEL.withdraw;
  if (octets.length !== 16 && octets.length !== 32) return LEVEL.reset;
  const [global, link] = [octets.slice(0, 16), octets.slice(16)];
  if (global[0] === 0xff) return LEVEL.withdraw;
  if (global.slice(0, 15).some((octet) => octet !== 0) || global[15]! > 1) return LEVEL.ok;
  const linkLocal = link[0] === 0xfe && (link[1]! & 0xc0) === 0x80;
  return global[15] === 0 && linkLocal ? LEVEL.ok : LEVEL.withdraw;
}

interface Attribute {
  readonly flags: number;
  readonly code: number;
  readonly value: readonly number[];
}

/** The attributes of a field; `overrun`: what is left behind them is none (RFC 7606 4). */
function split(field: readonly number[]): { attributes: Attribute[]; overrun: readonly number[] } {
  const attributes: Attribute[] = [];
  let rest = field;
  while (rest.length > 0) {
    const [flags = 0, code = 0] = rest;
    const header = (flags & 0x10) === 0 ? 3 : 4;
    const length = number(rest.slice(2, header));
    if (rest.length < header || rest.length < header + length) return { attributes, overrun: rest };
    attributes.push({ flags, code, value: rest.slice(header, header + length) });
    rest = rest.slice(header + length);
  }
  return { attributes, overrun: [] };
}

function levelOf({ flags, code, value }: Attribute): Level {
  const rule = RULES[code];
  if (rule === null) return LEVEL.discard;
  if (rule === undefined) return (flags & 0x80) === 0 ? LEVEL.reset : LEVEL.ok;
  if ((flags & 0xc0) !== rule.flags) return LEVEL.withdraw;
  return rule.isSound(value) ? LEVEL.ok : rule.malformed;
}

/** @returns null where attributes are met of which nothing is said here */
export function judgeUpdate(body: readonly number[]): Outcome | null {
  const withdrawnLength = number(body.slice(0, 2));
  const behind = body.slice(2 + withdrawnLength);
  const attributesLength = number(behind.slice(0, 2));
  if (behind.length < 2 || behind.length < 2 + attributesLength) return RESET;
  const withdrawn = prefixes(body.slice(2, 2 + withdrawnLength), 'v4');
  const nlri = prefixes(behind.slice(2 + attributesLength), 'v4');
  const { attributes, overrun } = split(behind.slice(2, 2 + attributesLength));
  if (attributes.some(({ code }) => ELSEWHERE.includes(code))) return null;
  if (withdrawn === null || nlri === null) return RESET;
  return judgeParts(withdrawn, nlri, attributes, overrun);
}

function judgeParts(
  withdrawn: readonly string[],
  nlri: readonly string[],
  attributes: readonly Attribute[],
  overrun: readonly number[],
): Outcome {
  const multi = attributes.filter(({ code }) => code === 14 || code === 15);
  const cut = overrun.length > 1 && (overrun[1] === 14 || overrun[1] === 15);
  const reaches = multi.filter(({ code }) => code === 14);
  const unreaches = multi.filter(({ code }) => code === 15);
  if (cut || reaches.length > 1 || unreaches.length > 1) return RESET;
  const levels: Level[] = multi.map(({ flags }) => ((flags & 0xc0) === nonTransitive ? LEVEL.ok : LEVEL.withdraw));
  if (overrun.length > 0) levels.push(LEVEL.withdraw);

  const reach = reaches.length === 0 ? NOTHING : readReach(reaches[0]!.value);
  const unreach = unreaches.length === 0 ? NOTHING : readUnreach(unreaches[0]!.value);
  if (reach === null || unreach === null) return RESET;
  levels.push(reach.level);

  // A family that was not negotiated counts as reachable, but its prefixes are ignored.
  const isReachable = nlri.length > 0 || reach.isThere;
  const firsts = attributes.filter(({ code }, i) => attributes.findIndex((each) => each.code === code) === i);
  const judged = firsts.filter(({ code }) => code !== 14 && code !== 15);
  const ignoresNextHop = isReachable && nlri.length === 0;
  levels.push(...judged.filter(({ code }) => !(ignoresNextHop && code === 3)).map(levelOf));
  if (isReachable) levels.push(...mandatory(firsts, nlri.length > 0));

  const worst = Math.max(LEVEL.ok, ...levels);
  const others = attributes.length - unreaches.length > 0 || overrun.length > 0;
  if (worst === LEVEL.reset || (worst === LEVEL.withdraw && !isReachable && others)) return RESET;
  const gone = [...withdrawn, ...unreach.list];
  const announced = [...nlri, ...reach.list];
  return worst === LEVEL.withdraw
    ? { reset: false, gone: [...gone, ...announced], announced: [] }
    : { reset: false, gone, announced };
}

interface Part {
  readonly list: readonly string[];
  readonly level: Level;
  /** There is a prefix, of whatever family. */
  readonly isThere: boolean;
}

const NOTHING: Part = { list: [], level: LEVEL.ok, isThere: false };

/** RFC 4760 3; null: its prefixes cannot be found. */
function readReach(value: readonly number[]): Part | null {
  const length = value[3] ?? 0;
  if (value.length < 5 + length) return null;
  const field = value.slice(5 + length);
  const family = familyOf(value);
  if (family === null) return { ...NOTHING, isThere: field.length > 0 };
  const level = nextHopOf(family, value.slice(4, 4 + length));
  const list = prefixes(field, family);
  return level === LEVEL.reset || list === null ? null : { list, level, isThere: list.length > 0 };
}

/** RFC 4760 4. */
function readUnreach(value: readonly number[]): Part | null {
  if (value.length < 3) return null;
  const family = familyOf(value);
  const list = family === null ? [] : prefixes(value.slice(3), family);
  return list === null ? null : { ...NOTHING, list };
}

/** RFC 7606 3 (d). */
function mandatory(attributes: readonly Attribute[], classic: boolean): Level[] {
  const needed = classic ? [1, 2, 3, 5] : [1, 2, 5];
  return needed.map((code) => (attributes.some((each) => each.code === code) ? LEVEL.ok : LEVEL.withdraw));
}
