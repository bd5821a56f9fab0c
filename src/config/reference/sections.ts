/** The keys of the configuration by topic, read from the schema: what the reference page and the manual are made from. */

import type { Topic } from '../settings/setting.ts';
import { SETTINGS } from '../settings/settings.ts';
import { FAMILY_NAMES } from '../values/families.ts';
import type { Reload, ReloadException } from '../values/reload.ts';
import { describedSchema, type SchemaNode } from './json-schema.ts';

/** A key, with the keys of its mapping or list below it. */
export interface KeyEntry {
  /** Within the section: `as`, `dynamic[].range`. */
  readonly name: string;
  /** In the whole configuration: `router.as`; that of a setting is its name. */
  readonly path: string;
  readonly description: string;
  readonly details: readonly string[];
  /** Valid values: a short form for tables, and in words. */
  readonly values: string;
  readonly expects: string;
  /** The default, and its words if it is not a fixed value. */
  readonly fallback: unknown;
  readonly fallbackWords: string | null;
  readonly reload: Reload | null;
  readonly reloadExcept: ReloadException | null;
  /** Examples: a mapping with the key; those of top-level keys are a part of the configuration. */
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  readonly nested: readonly KeyEntry[];
}

export interface Section {
  readonly title: string;
  readonly introduction: string;
  readonly keys: readonly KeyEntry[];
}

/** The sections of the settings of groups and peers, in the order of the page. */
const TOPICS: Readonly<Record<Topic, { readonly title: string; readonly introduction: string }>> = {
  identity: { title: 'Identity and policy', introduction: 'Who the peer is, and which routes pass.' },
  reflection: { title: 'Route reflection', introduction: 'Clients and clusters (RFC 4456).' },
  session: { title: 'Sessions', introduction: 'Connections, timers and capabilities.' },
  families: { title: 'Families and ADD-PATH', introduction: 'Which routes are exchanged, and how many paths of each.' },
  restart: {
    title: 'Graceful restart and LLGR',
    introduction: 'How long routes are kept while a session is lost.',
  },
  limits: { title: 'Limits', introduction: 'How much a peer may send and receive.' },
  attributes: { title: 'Next hops and AS path', introduction: 'How attributes are checked and changed.' },
  transport: { title: 'Security and transport', introduction: 'Options of the TCP connection.' },
  bfd: { title: 'Failure detection (BFD)', introduction: 'Detects a dead path within a second.' },
  damping: { title: 'Route flap damping', introduction: 'Suppresses prefixes that flap.' },
};

/** All sections, in the order of the page. */
export function configSections(): Section[] {
  const { properties, $defs = {} } = describedSchema();
  const { router, listen, groups, peers, sets, policies, tests, guard, fib, metrics, web, control, log } = properties!;
  const group = groups!.additionalProperties as SchemaNode;
  const entries = new Entries($defs);
  const isSetting = (name: string) => name in SETTINGS;
  const section = (title: string, node: SchemaNode, keys: KeyEntry[]): Section => ({
    title,
    introduction: node.description ?? '',
    keys,
  });
  const settings = entries.of(group, '', (setting) => setting, isSetting);
  return [
    section(
      'Router',
      router!,
      entries.of(router!, 'router.', (router) => ({ router })),
    ),
    section(
      'Listen addresses',
      listen!,
      entries.of(listen!.items!, 'listen[].', (one) => ({ listen: [one] })),
    ),
    section(
      'Groups',
      groups!,
      entries.of(
        group,
        'groups.NAME.',
        (nodes) => ({ groups: { nodes } }),
        (name) => !isSetting(name),
      ),
    ),
    section(
      'Peers',
      peers!,
      entries.of(
        peers!.items!,
        'peers[].',
        (peer) => ({ peers: [peer] }),
        (name) => !isSetting(name),
      ),
    ),
    ...Object.entries(TOPICS).map(([topic, words]) => ({
      ...words,
      keys: settings.filter(({ name }) => group.properties![name]!.topic === topic),
    })),
    {
      title: 'Sets and policies',
      introduction: 'Which routes are accepted and advertised, and what is changed in them. See docs/POLICY.md.',
      keys: entries.of(
        { properties: { sets: sets!, policies: policies!, tests: tests!, guard: guard! } },
        '',
        (keys) => keys,
      ),
    },
    section(
      'Kernel routes',
      fib!,
      entries.of(fib!, 'fib.', (fib) => ({ fib })),
    ),
    section(
      'Metrics',
      metrics!,
      entries.of(metrics!.anyOf![0]!, 'metrics.', (metrics) => ({ metrics })),
    ),
    section(
      'Web page',
      web!,
      entries.of(web!, 'web.', (web) => ({ web })),
    ),
    section(
      'Control socket',
      control!,
      entries.of(control!, 'control.', (control) => ({ control })),
    ),
    section(
      'Log',
      log!,
      entries.of(log!, 'log.', (log) => ({ log })),
    ),
  ];
}

/** A mapping with one key, as a part of the configuration. */
type Around = (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

class Entries {
  private readonly defs: Readonly<Record<string, SchemaNode>>;

  constructor(defs: Readonly<Record<string, SchemaNode>>) {
    this.defs = defs;
  }

  /** @param around puts an example where it belongs in the configuration */
  of(mapping: SchemaNode, path: string, around: Around, test: (name: string) => boolean = () => true): KeyEntry[] {
    return this.keys(mapping, '', path, null)
      .filter(({ name }) => test(name))
      .map((entry) => ({ ...entry, examples: entry.examples.map(around) }));
  }

  private keys(mapping: SchemaNode, prefix: string, path: string, inherited: Reload | null): KeyEntry[] {
    const { properties = {}, required = [] } = mapping;
    return Object.entries(properties).map(([key, node]) => {
      const name = `${prefix}${key}`;
      const nested = this.nested(node, name, `${path}${key}`, node.reload ?? inherited);
      const { defaultWords, default: fallback } = node;
      return {
        name,
        path: `${path}${key}`,
        description: node.description ?? '',
        details: node.details ?? [],
        values: this.valuesOf(node),
        expects: this.noteOf(node, 'expects') ?? '',
        fallback,
        fallbackWords: required.includes(key) ? 'required' : (defaultWords ?? (fallback === '' ? 'none' : null)),
        reload: node.reload ?? inherited ?? nested[0]?.reload ?? null,
        reloadExcept: node.reloadExcept ?? null,
        examples: (node.examples ?? []).map((value) => ({ [key]: value })),
        nested,
      };
    });
  }

  /** The keys of the mappings that a value may be. Families with the same keys are one row with the name `FAMILY`. */
  private nested(node: SchemaNode, name: string, path: string, reload: Reload | null): KeyEntry[] {
    const kinds = [node, ...(node.anyOf ?? [])].filter(({ properties }) => properties !== undefined);
    const families = node.properties?.[FAMILY_NAMES[0]!]?.properties === undefined ? null : node.properties;
    if (families !== null) {
      return this.keys(families[FAMILY_NAMES[0]!]!, `${name}.FAMILY.`, `${path}.FAMILY.`, reload);
    }
    const below = kinds.flatMap((kind) => this.keys(kind, `${name}.`, `${path}.`, reload));
    const { items } = node;
    const inItems = items === undefined ? [] : [items, ...(items.anyOf ?? [])];
    const each = inItems.flatMap((item) => this.keys(item, `${name}[].`, `${path}[].`, reload));
    return [...below, ...each].filter(({ description }) => description !== '');
  }

  private valuesOf(node: SchemaNode): string {
    const words = this.noteOf(node, 'values');
    if (words !== undefined) return words;
    if (node.type === 'array') return 'list';
    return node.type === 'object' ? 'mapping' : (this.noteOf(node, 'expects') ?? '');
  }

  private noteOf(node: SchemaNode, note: 'values' | 'expects'): string | undefined {
    return node[note] ?? this.defs[node.$ref?.split('/').at(-1) ?? '']?.[note];
  }
}
