/**
 * Reads a YAML file as plain values with their places. Numbers with a fraction stay text: no key accepts one, and 1.10 is
 * an AS number that YAML would read as 1.1.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode } from 'yaml';
import type { Path } from '../problems/problems.ts';
import { isSecretKey } from '../problems/secrets.ts';

/** Offsets in the text: `[start, end)`. */
export type Span = readonly [start: number, end: number];

/** A value and its place. */
export interface SourceNode {
  readonly value: unknown;
  readonly span: Span;
  /** The text was written in quotes. */
  readonly quoted: boolean;
  /** Of a mapping: its keys. */
  readonly entries?: ReadonlyMap<string, SourceEntry>;
  /** Of a list: its elements. */
  readonly items?: readonly SourceNode[];
}

interface SourceEntry {
  readonly keySpan: Span;
  readonly node: SourceNode;
}

/** A syntax error of the file. */
export interface SourceFault {
  readonly path: Path;
  readonly span: Span;
  readonly what: string;
  readonly expected: string;
}

/** An empty file: a mapping without keys. */
export const EMPTY: SourceNode = { value: {}, span: [0, 0], quoted: false, entries: new Map() };

/** Maximum number of values after aliases are expanded. */
const MAX_VALUES = 1_000_000;
/** Maximum nesting of values, aliases included. */
const MAX_DEPTH = 1_000;

/** Reads a document that YAML has parsed. A document with syntax errors is read as far as possible. */
export function readSource(document: Document.Parsed): { root: SourceNode; faults: SourceFault[] } {
  const reader = new Reader();
  return {
    root: document.contents === null ? EMPTY : reader.read(document.contents, [], [0, 0]),
    faults: reader.faults,
  };
}

/** The node at a path, or null if nothing is written there. */
export function nodeAt(root: SourceNode, path: Path): SourceNode | null {
  let node: SourceNode | undefined = root;
  for (const step of path) {
    node = typeof step === 'number' ? node.items?.[step] : node.entries?.get(step)?.node;
    if (node === undefined) return null;
  }
  return node;
}

/** The place of the key of a path, or null (an element of a list has none). */
export function keySpanAt(root: SourceNode, path: Path): Span | null {
  const key = path.at(-1);
  if (typeof key !== 'string') return null;
  return nodeAt(root, path.slice(0, -1))?.entries?.get(key)?.keySpan ?? null;
}

class Reader {
  readonly faults: SourceFault[] = [];
  /** In the order of the file, so that an alias finds the latest before it. */
  private readonly anchors = new Map<string, Node>();
  /** Nodes that are being read: an alias to one of them is a loop. */
  private readonly open = new Set<Node>();
  private values = 0;

  /** @param around the place of an empty value */
  read(node: Node | null | undefined, path: Path, around: Span): SourceNode {
    if (node === null || node === undefined) return { value: null, span: around, quoted: false };
    const span = spanOf(node, around);
    if (this.open.has(node) || this.open.size > MAX_DEPTH || ++this.values > MAX_VALUES) {
      this.fault(path, span, 'this alias is a loop or expands to too many values', 'an alias of a small value');
      return { value: null, span, quoted: false };
    }
    if ('anchor' in node && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    this.open.add(node);
    const read = this.readKind(node, path, span);
    this.open.delete(node);
    return read;
  }

  private readKind(node: Node, path: Path, span: Span): SourceNode {
    if (isAlias(node)) return this.readAlias(node.source, path, span);
    if (isMap(node)) return this.readMap(node.items as Pair<ParsedNode, ParsedNode | null>[], path, span);
    if (isSeq(node)) {
      const items = node.items.map((item, at) => this.read(item as Node | null, [...path, at], span));
      return { value: items.map(({ value }) => value), span, quoted: false, items };
    }
    const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
    return { value: isScalar(node) ? scalarValue(node.value, node.source, quoted) : null, span, quoted };
  }

  private readAlias(name: string, path: Path, span: Span): SourceNode {
    const target = this.anchors.get(name);
    if (target !== undefined) return this.read(target, path, span);
    this.fault(
      path,
      span,
      `unknown anchor${isSecretKey(path.at(-1)) ? '' : ` \`&${name}\``}`,
      'an anchor defined above, or the value in quotes',
    );
    return { value: null, span, quoted: false };
  }

  private readMap(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], path: Path, span: Span): SourceNode {
    const entries = new Map<string, SourceEntry>();
    const merged: SourceNode[] = [];
    for (const { key, value } of pairs) {
      const keySpan = spanOf(key, span);
      const name = this.keyName(key, path, keySpan);
      if (name === null) continue;
      const node = this.read(value, [...path, name], keySpan);
      if (name === '<<') merged.push(...(node.items ?? [node]));
      else if (entries.has(name)) this.duplicate([...path, name], keySpan);
      else entries.set(name, { keySpan, node });
    }
    for (const { entries: inherited } of merged) {
      for (const [name, entry] of inherited ?? []) if (!entries.has(name)) entries.set(name, entry);
    }
    const value = Object.assign(Object.create(null), plain(entries)) as unknown;
    return { value, span, quoted: false, entries };
  }

  private keyName(key: Node | null, path: Path, span: Span): string | null {
    const name = isScalar(key) && key.value !== null ? (typeof key.value === 'string' ? key.value : key.source) : null;
    // JavaScript treats this name specially.
    if (typeof name === 'string' && name !== '__proto__') return name;
    this.fault(path, span, 'this is not a key', 'a word followed by a colon');
    return null;
  }

  private duplicate(path: Path, span: Span): void {
    this.fault(path, span, `duplicate key \`${path.at(-1)}\``, 'each key once');
  }

  private fault(path: Path, span: Span, what: string, expected: string): void {
    this.faults.push({ path, span, what, expected });
  }
}

function plain(entries: ReadonlyMap<string, SourceEntry>): Record<string, unknown> {
  return Object.fromEntries([...entries].map(([name, { node }]) => [name, node.value]));
}

function spanOf(node: Node | null, around: Span): Span {
  const range = node?.range;
  return range ? [range[0], Math.max(range[1], range[0])] : around;
}

/** Fractions stay text, and so do numbers that JavaScript cannot represent exactly. */
function scalarValue(value: unknown, source: string | undefined, quoted: boolean): unknown {
  if (quoted || source === undefined) return value;
  // `+10` is a change in policies, and a number of no other key.
  if (typeof value === 'bigint' || (typeof value === 'number' && source.startsWith('+'))) return source;
  return typeof value === 'number' && !(Number.isSafeInteger(value) && !source.includes('.')) ? source : value;
}
