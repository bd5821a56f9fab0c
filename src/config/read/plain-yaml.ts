/**
 * Reads the YAML that configurations are written in: block mappings and lists, flow collections, and texts on one line.
 * It is some twenty times as fast as the YAML library, which files with thousands of rules or peers need. Everything
 * else, and everything that may be wrong, is left to the library: then the result is null. What this file reads, the
 * library reads in the same way.
 */
import {
  COLON,
  COMMA,
  DASH,
  HASH,
  LIST,
  LIST_END,
  MAP,
  MAP_END,
  NEWLINE,
  PlainScalars,
  SPACE,
  UNUSUAL,
  unusual,
} from './plain-scalars.ts';
import type { SourceNode, Span } from './source.ts';

/** Deeper files are checked, and read, in the usual way. */
const MAX_DEPTH = 40;
/** More characters may be more values than the usual way accepts. */
const MAX_TEXT = 2_000_000;
/** Implicit keys of YAML have at most 1,024 characters. */
const MAX_KEY = 1_000;

/** Tabs, line ends of other systems, marks of several documents, and characters that YAML may not accept. */
const UNUSUAL_TEXT = /[^\n -~\u00a0-\ud7ff]|^(?:---|\.\.\.|%)/m;
/** The values of a text with their places; null: the library must read it. */
export function readPlainYaml(text: string): SourceNode | null {
  if (text.length > MAX_TEXT || UNUSUAL_TEXT.test(text)) return null;
  try {
    return new PlainYaml(text).document();
  } catch (error) {
    if (error === UNUSUAL) return null;
    throw error;
  }
}

type Entries = NonNullable<SourceNode['entries']> & Map<string, { readonly keySpan: Span; readonly node: SourceNode }>;

/** Mappings without inherited names: faster than objects without a prototype, which V8 keeps as hash tables. */
const Values = function Values() {} as unknown as new () => Record<string, unknown>;
Values.prototype = Object.create(null);

class PlainYaml extends PlainScalars {
  /** Start of the line at `at`, while a block is read. */
  private line = 0;
  private depth = 0;
  /** Where the last value of a block ends, with the rest of its line. */
  private end = 0;

  document(): SourceNode {
    const indent = this.nextLine();
    const root = indent === 0 && !this.isDash() ? this.blockMap(0) : unusual();
    if (this.nextLine() !== -1) unusual();
    return root;
  }

  /** Skips blank lines and comments; the column of the next content, or -1 at the end. */
  private nextLine(): number {
    const { text } = this;
    for (;;) {
      while (text.charCodeAt(this.at) === SPACE) this.at++;
      const code = text.charCodeAt(this.at);
      if (code === HASH) {
        if (this.at > this.line && text.charCodeAt(this.at - 1) !== SPACE) unusual();
        this.skipToEnd();
      } else if (code !== NEWLINE) return this.at >= text.length ? -1 : this.at - this.line;
      if (this.at >= text.length) return -1;
      this.line = ++this.at;
    }
  }

  private skipToEnd(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end;
  }

  /** Between a value and the end of its line are only spaces and a comment. */
  private endLine(): void {
    const before = this.at;
    while (this.text.charCodeAt(this.at) === SPACE) this.at++;
    const code = this.text.charCodeAt(this.at);
    if (code === HASH && this.at > before) this.skipToEnd();
    else if (this.at < this.text.length && code !== NEWLINE) unusual();
    this.end = Math.min(this.text.length, this.at + 1);
  }

  private isDash(): boolean {
    return this.text.charCodeAt(this.at) === DASH && this.text.charCodeAt(this.at + 1) === SPACE;
  }

  private descend(): void {
    if (++this.depth > MAX_DEPTH) unusual();
  }

  /** The mapping whose first key is at `at`, in this column. */
  private blockMap(indent: number): SourceNode {
    this.descend();
    const start = this.at;
    const entries: Entries = new Map();
    const value = new Values();
    do {
      const { name, keySpan } = this.key();
      if (this.text.charCodeAt(this.at) !== COLON) unusual();
      this.at++;
      const node = this.blockValue(indent, true);
      this.enter(entries, value, name, { keySpan, node });
    } while (this.continues(indent) && !this.isDash());
    this.depth--;
    return { value, span: [start, this.end], quoted: false, entries };
  }

  private blockList(indent: number): SourceNode {
    this.descend();
    const start = this.at;
    const items: SourceNode[] = [];
    do {
      this.at++;
      items.push(this.blockValue(indent, false));
    } while (this.continues(indent) && this.isDash());
    this.depth--;
    return { value: items.map(({ value }) => value), span: [start, this.end], quoted: false, items };
  }

  /** Whether the next content is in this column; a deeper one continues a text over several lines. */
  private continues(indent: number): boolean {
    const column = this.nextLine();
    if (column > indent) unusual();
    return column === indent;
  }

  /** What follows a key or a dash: on its line, or as a block on the next ones. */
  private blockValue(indent: number, ofKey: boolean): SourceNode {
    const { text } = this;
    const line = this.line;
    const after = this.at;
    while (text.charCodeAt(this.at) === SPACE) this.at++;
    const code = text.charCodeAt(this.at);
    const isEmpty = this.at >= text.length || code === NEWLINE || (code === HASH && this.at > after);
    if (!isEmpty && this.at === after) unusual();
    if (isEmpty) {
      const column = this.nextLine();
      if (column > indent) return this.block(column);
      if (ofKey && column === indent && this.isDash()) return this.blockList(indent);
      return unusual();
    }
    if (!ofKey && (this.isDash() || this.startsKey())) return this.block(this.at - line);
    if (code === LIST || code === MAP) {
      const node = this.flow(indent);
      this.endLine();
      return node;
    }
    const node = this.scalar(false);
    this.endLine();
    return node;
  }

  private block(column: number): SourceNode {
    if (this.isDash()) return this.blockList(column);
    return this.startsKey() ? this.blockMap(column) : unusual();
  }

  /** Whether a key with its colon is at `at`. */
  private startsKey(): boolean {
    const { at, text } = this;
    const code = text.charCodeAt(at);
    if (code === LIST || code === MAP) return false;
    this.scalar(false);
    const isKey = text.charCodeAt(this.at) === COLON;
    this.at = at;
    return isKey;
  }

  private key(): { readonly name: string; readonly keySpan: Span } {
    const { span, value, quoted } = this.scalar(false);
    if (value === null || span[1] - span[0] > MAX_KEY) unusual();
    return { name: quoted ? String(value) : this.text.slice(span[0], span[1]), keySpan: span };
  }

  private enter(entries: Entries, value: Record<string, unknown>, name: string, entry: Entered): void {
    if (entries.has(name) || name === '<<' || name === '__proto__') unusual();
    entries.set(name, entry);
    value[name] = entry.node.value;
  }

  /** A flow collection; its lines must be deeper than the block around it. */
  private flow(indent: number): SourceNode {
    this.descend();
    const isMap = this.text.charCodeAt(this.at) === MAP;
    const node = isMap ? this.flowMap(indent) : this.flowList(indent);
    this.depth--;
    return node;
  }

  private flowMap(indent: number): SourceNode {
    const start = this.at++;
    const entries: Entries = new Map();
    const value = new Values();
    while (this.flowNext(indent) !== MAP_END) {
      const { line } = this;
      const { name, keySpan } = this.flowKey();
      if (this.text.charCodeAt(this.at) !== COLON || this.text.charCodeAt(this.at + 1) !== SPACE) unusual();
      this.at++;
      const code = this.flowNext(indent);
      if (code === COMMA || code === MAP_END || this.line !== line) unusual();
      this.enter(entries, value, name, { keySpan, node: this.flowValue(indent, code) });
      if (this.flowNext(indent) === COMMA) this.at++;
      else if (this.text.charCodeAt(this.at) !== MAP_END) unusual();
    }
    return { value, span: [start, ++this.at], quoted: false, entries };
  }

  private flowList(indent: number): SourceNode {
    const start = this.at++;
    const items: SourceNode[] = [];
    for (let code = this.flowNext(indent); code !== LIST_END; code = this.flowNext(indent)) {
      items.push(this.flowValue(indent, code));
      if (this.flowNext(indent) === COMMA) this.at++;
      else if (this.text.charCodeAt(this.at) !== LIST_END) unusual();
    }
    return { value: items.map((item) => item.value), span: [start, ++this.at], quoted: false, items };
  }

  private flowKey(): { readonly name: string; readonly keySpan: Span } {
    const { span, value, quoted } = this.scalar(true);
    if (value === null || span[1] - span[0] > MAX_KEY) unusual();
    return { name: quoted ? String(value) : this.text.slice(span[0], span[1]), keySpan: span };
  }

  private flowValue(indent: number, code: number): SourceNode {
    return code === LIST || code === MAP ? this.flow(indent) : this.scalar(true);
  }

  /** The next character of a flow collection that is neither space nor comment. */
  private flowNext(indent: number): number {
    const { text } = this;
    for (;;) {
      const from = this.at;
      while (text.charCodeAt(this.at) === SPACE) this.at++;
      const code = text.charCodeAt(this.at);
      if (this.at >= text.length) unusual();
      if (code !== NEWLINE && (code !== HASH || this.at === from)) {
        if (this.at - this.line <= indent) unusual();
        return code;
      }
      this.skipToEnd();
      this.line = ++this.at;
    }
  }
}

type Entered = { readonly keySpan: Span; readonly node: SourceNode };
