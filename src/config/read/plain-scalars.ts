/** Texts of plain YAML on one line, with and without quotes, and their values. */
import type { SourceNode } from './source.ts';

export const NEWLINE = 10;
export const SPACE = 32;
const QUOTE = 34;
export const HASH = 35;
const APOSTROPHE = 39;
export const COMMA = 44;
export const DASH = 45;
export const COLON = 58;
export const LIST = 91;
export const LIST_END = 93;
export const MAP = 123;
export const MAP_END = 125;
const BACKSLASH = 92;

/** The first character of a text without quotes, and the second one behind a dash or colon. */
const PLAIN_START = /[\w./+$(=^;~<\u00a0-\ud7ff]/;
const PLAIN_NEXT = /[\w./:]/;
const NULL = /^(?:~|null|Null|NULL)$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const INTEGER = /^[-+]?\d+$/;
/** Octal, hexadecimal and with a fraction or exponent, and the special values. */
const OTHER_NUMBER =
  /^(?:0[ox][\da-fA-F]+|[-+]?(?:\.\d+|\d+\.?\d*)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Thrown for what is left to the library. */
export const UNUSUAL = new Error('unusual YAML');

export class PlainScalars {
  protected readonly text: string;
  protected at = 0;

  constructor(text: string) {
    this.text = text;
  }

  protected scalar(inFlow: boolean): SourceNode {
    const code = this.text.charCodeAt(this.at);
    return code === QUOTE || code === APOSTROPHE ? this.quoted(code, inFlow) : this.plain(inFlow);
  }

  /** In quotes, on one line, without escapes. */
  private quoted(quote: number, inFlow: boolean): SourceNode {
    const { text } = this;
    const start = this.at++;
    for (let code = text.charCodeAt(this.at); code !== quote; code = text.charCodeAt(++this.at)) {
      if (this.at >= text.length || code === NEWLINE || code === BACKSLASH) unusual();
    }
    const end = ++this.at;
    const next = text.charCodeAt(end);
    const isEnd = end >= text.length || next === SPACE || next === NEWLINE || next === COLON;
    // Two apostrophes are one in the text.
    if (!isEnd && !(inFlow && (next === COMMA || next === LIST_END || next === MAP_END))) unusual();
    if (next === COLON && text.charCodeAt(end + 1) !== SPACE && text.charCodeAt(end + 1) !== NEWLINE) unusual();
    return { value: text.slice(start + 1, end - 1), span: [start, end], quoted: true };
  }

  private plain(inFlow: boolean): SourceNode {
    const { text } = this;
    const start = this.at;
    const first = text.charCodeAt(start);
    const leads = first === DASH || first === COLON;
    const starts = leads ? PLAIN_NEXT.test(text[start + 1] ?? '') : PLAIN_START.test(text[start] ?? '');
    if (!starts) unusual();
    let end = start;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE || (code === HASH && text.charCodeAt(at - 1) === SPACE)) break;
      if (code === COLON && this.endsKey(at + 1, inFlow)) break;
      if (inFlow && (code === COMMA || code === LIST || code === LIST_END || code === MAP || code === MAP_END)) break;
      if (code !== SPACE) end = at + 1;
    }
    this.at = text.charCodeAt(at) === COLON && end !== at ? unusual() : end;
    return { value: plainValue(text.slice(start, end)), span: [start, end], quoted: false };
  }

  /** Whether a colon before this character ends a key. */
  private endsKey(next: number, inFlow: boolean): boolean {
    const code = this.text.charCodeAt(next);
    if (next >= this.text.length || code === SPACE || code === NEWLINE) return true;
    if (inFlow && (code === COMMA || code === LIST || code === LIST_END || code === MAP || code === MAP_END)) unusual();
    return false;
  }
}

export function unusual(): never {
  throw UNUSUAL;
}

/** The value of a text without quotes in the core schema. Fractions, and what JavaScript cannot represent, stay text. */
function plainValue(text: string): unknown {
  if (INTEGER.test(text)) {
    const value = Number(text);
    return Number.isSafeInteger(value) && text[0] !== '+' ? value : text;
  }
  if (NULL.test(text)) return null;
  if (BOOLEAN.test(text)) return text[0] === 't' || text[0] === 'T';
  // `1.10` is an AS number; the library knows all other numbers.
  if (/^\d+\.\d+$/.test(text)) return text;
  return OTHER_NUMBER.test(text) ? unusual() : text;
}
