/** Reads `sets:` of a file. A set that is wrong is left out, and its name still counts as defined. */
import { type Prefix, parseAddress, parsePrefix } from '../../lib/ip.ts';
import { ordered } from '../../policy/match/numbers.ts';
import type { CommunityPattern, NumberRange, Numbers, PrefixSet } from '../../spec/policy.ts';
import type { Path } from '../problems/problems.ts';
import { BUILT_IN, MAX_PREFIXES, PrefixPacker, packPrefixes } from './prefix-sets.ts';
import { isMapping, listed, type Reader, textOf } from './reader.ts';
import { isFault, type PrefixEntry, parseAsRange, parseCommunityPattern, parsePrefixEntry } from './values.ts';

/** Reads a file of prefixes; `problem` says why it cannot be read. */
export type ReadText = (path: string) => { readonly text: string } | { readonly problem: string };

const SET_KINDS = ['prefixes', 'as-numbers', 'communities', 'next-hops'] as const;
type SetKind = (typeof SET_KINDS)[number];

const TITLES: Readonly<Record<SetKind, string>> = {
  prefixes: 'set of prefixes',
  'as-numbers': 'set of AS numbers',
  communities: 'set of communities',
  'next-hops': 'set of next hops',
};

interface Values {
  readonly prefixes: PrefixSet;
  readonly 'as-numbers': Numbers;
  readonly communities: readonly CommunityPattern[];
  readonly 'next-hops': readonly Prefix[];
}

/** A name that the file may give to a set or a policy. */
export function isName(name: string): boolean {
  return /^[A-Za-z][\w.-]{0,63}$/.test(name);
}

export const NAME_EXPECTED = 'a letter, then up to 63 letters, digits, dots, dashes or underscores';

export class Sets {
  readonly used = new Set<string>();
  private readonly reader: Reader;
  private readonly values: { [Kind in SetKind]: Map<string, Values[Kind]> } = {
    prefixes: new Map(),
    'as-numbers': new Map(),
    communities: new Map(),
    'next-hops': new Map(),
  };
  /** Files that sets were read from. */
  readonly files = new Set<string>();
  private readonly readText: ReadText;

  constructor(reader: Reader, readText: ReadText) {
    this.reader = reader;
    this.readText = readText;
  }

  /** Reads the section. */
  read(section: unknown): void {
    for (const [kind, sets] of this.reader.entries(['sets'], section, 'section of sets', SET_KINDS) ?? []) {
      const path = ['sets', kind];
      if (!isMapping(sets)) {
        this.reader.wrong(path, sets, TITLES[kind as SetKind], 'a mapping of names to sets');
        continue;
      }
      for (const [name, value] of Object.entries(sets)) this.readSet(kind as SetKind, name, value);
    }
  }

  /** The set of a name; an unknown one is an error at `path`, and null. */
  get<Kind extends SetKind>(kind: Kind, name: string, path: Path): Values[Kind] | null {
    this.used.add(`${kind} ${name}`);
    const known = this.values[kind];
    if (!known.has(name)) this.reader.unknown(path, name, TITLES[kind], [...known.keys()]);
    return known.get(name) ?? null;
  }

  /** As `get`, for a name that may also be something else. */
  find<Kind extends SetKind>(kind: Kind, name: string): Values[Kind] | null {
    this.used.add(`${kind} ${name}`);
    return this.values[kind].get(name) ?? null;
  }

  /** Warns about sets that nothing uses. */
  warnUnused(): void {
    for (const kind of SET_KINDS) {
      for (const name of this.values[kind].keys()) {
        if (this.used.has(`${kind} ${name}`)) continue;
        this.reader.warn(['sets', kind, name], `no policy uses the set \`${name}\``, 'a policy that uses it', 'key');
      }
    }
  }

  private readSet(kind: SetKind, name: string, value: unknown): void {
    const path = ['sets', kind, name];
    if (!isName(name)) this.reader.error(path, `\`${name}\` is not a valid name`, NAME_EXPECTED, null, 'key');
    switch (kind) {
      case 'prefixes':
        this.values.prefixes.set(name, this.readPrefixes(path, name, value));
        break;
      case 'as-numbers':
        this.values['as-numbers'].set(name, ordered(listed(path, value).flatMap((one) => this.readAs(one))));
        break;
      case 'communities':
        this.values.communities.set(
          name,
          listed(path, value).flatMap((one) => this.readCommunity(one.path, one.value)),
        );
        break;
      case 'next-hops':
        this.values['next-hops'].set(
          name,
          listed(path, value).flatMap((one) => this.readNextHop(one.path, one.value)),
        );
        break;
    }
  }

  private readAs({ path, value }: { path: Path; value: unknown }): NumberRange[] {
    const range = parseAsRange(value);
    if (range !== null && !isFault(range)) return [range];
    const { what, expected } = range ?? { what: `\`${value}\` is not an AS number`, expected: 'AS numbers and ranges' };
    this.reader.error(path, what, expected);
    return [];
  }

  private readCommunity(path: Path, value: unknown): CommunityPattern[] {
    const found = parseCommunityPattern(textOf(value));
    if (found !== null && !isFault(found)) return [found];
    const { what, expected } = found ?? {
      what: `\`${textOf(value)}\` is not a community`,
      expected: 'communities such as `64512:100`, `64512:*` or NO_EXPORT',
    };
    this.reader.error(path, what, expected);
    return [];
  }

  private readNextHop(path: Path, value: unknown): Prefix[] {
    const prefix = parseHosts(textOf(value));
    if (prefix === null) this.reader.wrong(path, value, 'next hop', 'an address such as 192.0.2.1, or a prefix');
    return prefix === null ? [] : [prefix];
  }

  private readPrefixes(path: Path, name: string, value: unknown): PrefixSet {
    if (!isMapping(value)) return packPrefixes(name, this.prefixList(path, value));
    if ('built-in' in value) return this.builtIn(path, name, textOf(value['built-in']));
    const [[key, file] = ['', '']] = this.reader.entries(path, value, 'set of prefixes', ['file', 'built-in']) ?? [];
    if (key === 'file') return this.fromFile([...path, 'file'], name, textOf(file));
    this.reader.error(path, 'the set has no prefixes', 'a list of prefixes, `file: PATH`, or `built-in: bogons`');
    return packPrefixes(name, []);
  }

  private builtIn(path: Path, name: string, which: string): PrefixSet {
    const made = BUILT_IN[which];
    if (made === undefined) this.reader.unknown([...path, 'built-in'], which, 'built-in set', Object.keys(BUILT_IN));
    return { ...(made?.() ?? packPrefixes(name, [])), name };
  }

  private prefixList(path: Path, value: unknown): PrefixEntry[] {
    const entries = listed(path, value);
    if (entries.length > MAX_PREFIXES) {
      this.reader.error(path, `the set has ${entries.length} prefixes`, `at most ${MAX_PREFIXES}`);
      return [];
    }
    return entries.flatMap((one) => {
      const entry = parsePrefixEntry(textOf(one.value));
      if (!isFault(entry)) return [entry];
      this.reader.error(one.path, entry.what, entry.expected);
      return [];
    });
  }

  /** One prefix on each line; `#` begins a comment. */
  private fromFile(path: Path, name: string, file: string): PrefixSet {
    this.files.add(file);
    const found = this.readText(file);
    const expected = 'a file with a prefix on each line';
    if ('problem' in found) {
      this.reader.error(path, `cannot read ${file}: ${found.problem}`, expected);
      return packPrefixes(name, []);
    }
    const known = filed.get(file);
    if (known !== undefined && known.text === found.text) return { ...known.set, name };
    const packer = new PrefixPacker();
    let number = 0;
    for (let from = 0; from < found.text.length; ) {
      const end = found.text.indexOf('\n', from);
      const [start, stop] = [from, end < 0 ? found.text.length : end];
      from = stop + 1;
      number++;
      if (packer.count < MAX_PREFIXES && packer.addPlain(found.text, start, stop)) continue;
      const line = found.text.slice(start, stop);
      const text = (line.includes('#') ? line.slice(0, line.indexOf('#')) : line).trim();
      if (text === '' || (packer.count < MAX_PREFIXES && packer.addPlain(text))) continue;
      const entry = parsePrefixEntry(text);
      if (!isFault(entry) && packer.count < MAX_PREFIXES) packer.add(entry);
      else {
        const what = isFault(entry) ? entry.what : `there are more than ${MAX_PREFIXES} prefixes`;
        this.reader.error(path, `${file}:${number}: ${what}`, isFault(entry) ? entry.expected : 'fewer prefixes');
        return packPrefixes(name, []);
      }
    }
    const set = packer.finish(name);
    filed.set(file, { text: found.text, set });
    return set;
  }
}

/** The last contents of each file: an unchanged file of 100,000 prefixes costs a reload nothing. */
const filed = new Map<string, { readonly text: string; readonly set: PrefixSet }>();

/** An address as a prefix of its whole length, or a prefix. */
export function parseHosts(text: string): Prefix | null {
  const address = parseAddress(text);
  return address === null ? parsePrefix(text) : { address, length: address.length * 8 };
}
