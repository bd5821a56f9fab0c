/**
 * Splits the JSON array of `ip -j` into its objects while it arrives, so that a table of a million routes needs the
 * memory of one.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** Maximum characters of one object: a route with thousands of next hops has some hundred thousand. */
const MAX_OBJECT = 4 * 1024 * 1024;
/** Characters of an object that an error shows. */
const SHOWN = 80;

export class JsonObjects {
  private readonly visit: (object: unknown) => void;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** The part of an object from earlier pieces. */
  private pending = '';

  constructor(visit: (object: unknown) => void) {
    this.visit = visit;
  }

  /**
   * Reads the next piece of text; everything between objects is skipped.
   * @throws Error if an object is not JSON, or too long; errors of `visit`
   */
  push(text: string): void {
    let start = this.depth > 0 ? 0 : -1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (this.inString) this.stepString(code);
      else if (code === QUOTE) this.inString = this.depth > 0;
      else if (code === OPEN) {
        if (this.depth++ === 0) start = i;
      } else if (code === CLOSE && this.depth > 0 && --this.depth === 0) {
        const object = this.pending + text.slice(start, i + 1);
        this.pending = '';
        start = -1;
        this.visit(parse(object));
      }
    }
    if (start >= 0) this.pending += text.slice(start);
    if (this.pending.length > MAX_OBJECT)
      throw new Error(`ip printed an object without an end: ${shown(this.pending)}`);
  }

  private stepString(code: number): void {
    if (this.escaped) this.escaped = false;
    else if (code === BACKSLASH) this.escaped = true;
    else if (code === QUOTE) this.inString = false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseRaw(text);
  }
}

/**
 * `ip` does not escape control characters in names (only `/` and white space are not allowed there); JSON forbids that.
 */
function parseRaw(text: string): unknown {
  const escaped = text.replace(/"(?:[^"\\]|\\.)*"/gs, (string) => string.replace(/\p{Cc}/gu, escapeControl));
  try {
    return JSON.parse(escaped);
  } catch {
    throw new Error(`ip printed invalid JSON: ${shown(text)}`);
  }
}

function escapeControl(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN));
}
