/** Keys as text, so that every key has one: readable if it can be read back, otherwise hexadecimal. */
import { fromHex, toHex } from '../../bytes.ts';

/** Why a text is not a route. */
interface Problem {
  readonly problem: string;
}

interface KeyText {
  /** The readable text; null: the octets have none. */
  readonly show: (key: Uint8Array) => string | null;
  /** The key of a readable text, or null. */
  readonly take: (text: string) => Uint8Array | null;
  /** What is expected, with an example. */
  readonly expected: string;
}

/** Maximum characters of a wrong text that its error repeats. */
const SHOWN = 80;
/** Maximum characters of a text that is read: more than the text of any NLRI has, which are 65,535 octets at most. */
const LONGEST = 262_144;

/** `format` and `parse` of a codec. A key whose readable text would be that of another key is hexadecimal: `0x…`. */
export function keyText({ show, take, expected }: KeyText): {
  format: (key: Uint8Array) => string;
  parse: (text: string) => Uint8Array | Problem;
} {
  return {
    format: (key) => {
      const text = show(key);
      return text !== null && text.length <= LONGEST && isSame(take(text), key) ? text : `0x${toHex(key)}`;
    },
    parse: (text) => {
      const key = text.length > LONGEST ? null : (take(text) ?? hexadecimal(text));
      if (key !== null && key.length > 0) return key;
      const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
      return { problem: `"${shown}" is not a route of this family: expected ${expected}, or its octets as 0x…` };
    },
  };
}

function hexadecimal(text: string): Uint8Array | null {
  return text.startsWith('0x') ? fromHex(text.slice(2)) : null;
}

function isSame(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && a.length === b.length && a.every((octet, i) => octet === b[i]);
}
