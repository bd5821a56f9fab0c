/**
 * Cuts the array of objects that `ip -j` prints into its objects while it arrives, so that a table of a million routes
 * needs the memory of one. No I/O, no timers.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

export class JsonObjects {
  private readonly visit: (object: unknown) => void;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** The part of an object that came with earlier pieces. */
  private pending = '';

  constructor(visit: (object: unknown) => void) {
    this.visit = visit;
  }

  /** Reads the next piece of text; whatever stands between objects is skipped. */
  push(text: string): void {
    let start = this.depth > 0 ? 0 : -1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (this.inString) this.stepString(code);
      else if (code === QUOTE) this.inString = this.depth > 0;
      else if (code === OPEN) {
        if (this.depth++ === 0) start = i;
      } else if (code === CLOSE && --this.depth === 0) {
        this.visit(JSON.parse(this.pending + text.slice(start, i + 1)));
        this.pending = '';
        start = -1;
      }
    }
    if (start >= 0) this.pending += text.slice(start);
  }

  private stepString(code: number): void {
    if (this.escaped) this.escaped = false;
    else if (code === BACKSLASH) this.escaped = true;
    else if (code === QUOTE) this.inString = false;
  }
}
