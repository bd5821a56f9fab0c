/**
 * The configuration in force, key by key, with its defaults and the place of each value. It is read from the text that
 * is in force, which was valid when it was applied; it is not checked again.
 */
import { LineCounter, parseDocument } from 'yaml';
import type { ConfigSource, ConfigValueView } from '../../engine/api/config-views.ts';
import type { Path } from '../problems/problems.ts';
import { mask } from '../problems/secrets.ts';
import { configSections, type KeyEntry } from '../reference/sections.ts';
import { type Config, configSchema } from '../schema/schema.ts';
import { SETTINGS } from '../settings/settings.ts';
import { Locator } from './locate.ts';
import { nodeAt, readSource, type SourceNode } from './source.ts';

/** Sections with one mapping of keys, behind the groups, peers and policies. */
const SERVICES = ['fib', 'metrics', 'web', 'control', 'log'] as const;

export class RunningConfig {
  private readonly config: Config;
  private readonly root: SourceNode;
  private readonly locator: Locator;
  private readonly fileName: string;
  private readonly keys = keyEntries();

  /** @throws Error for a text that is not a valid configuration */
  constructor(text: string, fileName: string) {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      schema: 'core',
      uniqueKeys: false,
    });
    this.root = readSource(document).root;
    this.config = configSchema.parse(this.root.value);
    this.locator = new Locator(this.root, text, fileName, lines);
    this.fileName = fileName;
  }

  /** The configured peers, in the order of the file. */
  get peers(): Config['peers'] {
    return this.config.peers;
  }

  /** All sections, each value of the file once, each default once. */
  *all(): Generator<ConfigValueView> {
    yield* this.mapping(['router'], this.config.router);
    yield* this.listen();
    for (const [name, group] of Object.entries(this.config.groups)) {
      yield* this.written(['groups', name], group, 'group', 'groups.NAME.');
    }
    for (const [at, peer] of this.config.peers.entries()) yield* this.written(['peers', at], peer, 'peer', 'peers[].');
    yield* this.settingDefaults(new Set(), ['*']);
    yield* this.policySections();
    for (const section of SERVICES) {
      const value = this.config[section];
      if (typeof value === 'string') yield this.value([section], value, 'file', undefined);
      else yield* this.mapping([section], value);
    }
  }

  /**
   * The effective settings of a peer: its own, those of its group, and the defaults.
   * @param index in `peers`; -1: a peer of a range of the group
   * @param address of a peer of a range
   */
  *peer(index: number, group: string, address: string): Generator<ConfigValueView> {
    const at = ['peers', Math.max(0, index)];
    const own: Readonly<Record<string, unknown>> = this.config.peers[index] ?? {};
    const inherited: Readonly<Record<string, unknown>> = this.config.groups[group] ?? {};
    const known = new Set<string>();
    if (index < 0) {
      yield this.moved(this.value(['groups', group, 'dynamic'], address, 'group', undefined), [...at, 'address']);
    }
    for (const [name, value] of Object.entries(own)) {
      if (value === undefined) continue;
      known.add(name);
      yield this.value([...at, name], value, 'peer', this.keys.get(name));
    }
    for (const [name, value] of Object.entries(inherited)) {
      if (value === undefined || known.has(name) || name === 'dynamic') continue;
      known.add(name);
      yield this.moved(this.value(['groups', group, name], value, 'group', this.keys.get(name)), [...at, name]);
    }
    yield* this.settingDefaults(known, at);
  }

  private *listen(): Generator<ConfigValueView> {
    const { listen } = this.config;
    if (!this.isWritten(['listen']) || listen.length === 0) yield this.value(['listen'], listen, 'file', undefined);
    else for (const at of listen.keys()) yield* this.mapping(['listen', at], listen[at]!, 'listen[].');
  }

  /** The keys that a group or a peer has itself. */
  private *written(path: Path, own: object, source: ConfigSource, prefix: string): Generator<ConfigValueView> {
    const keys = Object.entries(own).filter(([, value]) => value !== undefined);
    if (keys.length === 0) yield this.value(path, {}, source, undefined);
    for (const [name, value] of keys) {
      yield this.value([...path, name], value, source, this.keys.get(name) ?? this.keys.get(prefix + name));
    }
  }

  /** A mapping of the schema: the keys of the file in their order, then the other ones. */
  private *mapping(path: Path, parsed: object, prefix = `${path.join('.')}.`): Generator<ConfigValueView> {
    const values = parsed as Readonly<Record<string, unknown>>;
    const names = [...this.keys.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const written = Object.keys((nodeAt(this.root, path)?.value ?? {}) as object);
    for (const name of written) yield this.value([...path, name], values[name], 'file', this.keys.get(prefix + name));
    for (const name of names.filter((name) => !written.includes(name))) {
      yield this.fallback([...path, name], values[name], this.keys.get(prefix + name));
    }
  }

  private *settingDefaults(known: ReadonlySet<string>, path: Path): Generator<ConfigValueView> {
    for (const [name, { default: fallback }] of Object.entries(SETTINGS)) {
      if (!known.has(name)) yield this.fallback([...path, name], fallback, this.keys.get(name));
    }
  }

  private *policySections(): Generator<ConfigValueView> {
    for (const [kind, sets] of Object.entries(this.config.sets ?? {})) {
      for (const [name, set] of Object.entries((sets ?? {}) as object)) {
        yield this.value(['sets', kind, name], set, 'file', undefined);
      }
    }
    for (const [name, policy] of Object.entries(this.config.policies ?? {})) {
      yield this.value(['policies', name], policy, 'file', undefined);
    }
    for (const [at, test] of this.config.tests.entries()) yield this.value(['tests', at], test, 'file', undefined);
    for (const [name, value] of Object.entries(this.config.guard ?? {})) {
      if (value !== undefined) yield this.value(['guard', name], value, 'file', undefined);
    }
  }

  /** @param entry for the defaults within the value */
  private value(path: Path, value: unknown, from: ConfigSource, entry: KeyEntry | undefined): ConfigValueView {
    const written = this.isWritten(path);
    const { value: shown, masked } = mask(path.at(-1), value);
    return {
      kind: 'value',
      path,
      value: shown,
      source: written ? from : 'default',
      place: written ? `${this.fileName}:${this.locator.lineOf(path)}` : null,
      words: null,
      defaults: defaultsWithin(value, entry),
      masked,
    };
  }

  private fallback(path: Path, value: unknown, entry: KeyEntry | undefined): ConfigValueView {
    const words = value === undefined || value === null ? (entry?.fallbackWords?.replaceAll('`', '') ?? 'none') : null;
    const row = { path, value: value ?? null, words, defaults: {}, masked: false } as const;
    return { kind: 'value', ...row, source: 'default', place: null };
  }

  private moved(view: ConfigValueView, path: Path): ConfigValueView {
    return { ...view, path };
  }

  private isWritten(path: Path): boolean {
    return nodeAt(this.root, path) !== null;
  }
}

let entries: ReadonlyMap<string, KeyEntry> | null = null;

/** The keys of the schema by their path. */
function keyEntries(): ReadonlyMap<string, KeyEntry> {
  entries ??= new Map(configSections().flatMap(({ keys }) => keys.map((key) => [key.path, key] as const)));
  return entries;
}

/** The defaults of the keys that the mapping does not have; those of deeper ones are left to docs/CONFIG.md. */
function defaultsWithin(value: unknown, entry: KeyEntry | undefined): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || entry === undefined) return {};
  const missing = entry.nested
    .map((nested) => [nested.name.slice(entry.name.length + 1), nested] as const)
    .filter(([name, { fallback }]) => /^[a-z-]+$/.test(name) && fallback !== undefined && !Object.hasOwn(value, name));
  return Object.fromEntries(missing.map(([name, { fallback }]) => [name, fallback]));
}
