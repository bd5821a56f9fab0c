/**
 * AS paths by a pattern of tokens, each an AS number set that occurs once, at most once, or repeatedly. The pattern is a
 * nondeterministic automaton whose states are the bits of a number, so a path costs one step per AS number whatever the
 * pattern is. No allocation.
 *
 * The elements of a path are the numbers of its sequences, and each AS_SET as one element that matches if one of its
 * numbers does. Segments of a confederation are not part of the path (RFC 5065 5.3).
 */
import type { Numbers, PathToken } from '../../spec/policy.ts';
import { SEGMENT } from '../../wire/attributes/as-path.ts';
import { u32 } from '../../wire/bytes.ts';
import { includes } from './numbers.ts';

/** Maximum number of tokens: the states are bits of a 32-bit number. */
export const MAX_TOKENS = 30;

export class AsPathPattern {
  private readonly tokens: readonly PathToken[];
  /** Tokens that may be left out, and that may repeat, as bits. */
  private readonly optional: number;
  private readonly repeated: number;

  /** @param tokens at most MAX_TOKENS */
  constructor(tokens: readonly PathToken[]) {
    this.tokens = tokens;
    this.optional = bitsOf(tokens, ({ min }) => min === 0);
    this.repeated = bitsOf(tokens, ({ repeats }) => repeats);
  }

  /** Whether the whole 4-octet path `bytes[start, end)` matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    // Bit i: the tokens before i have matched.
    let states = this.skip(1);
    for (let at = start; at < end && states !== 0; ) {
      const type = bytes[at];
      const next = at + 2 + bytes[at + 1] * 4;
      if (type === SEGMENT.set) states = this.step(states, bytes, at + 2, next);
      else if (type === SEGMENT.sequence) {
        for (let as = at + 2; as < next; as += 4) states = this.step(states, bytes, as, as + 4);
      }
      at = next;
    }
    return (states & (1 << this.tokens.length)) !== 0;
  }

  /** The states after one element, `bytes[start, end)`. */
  private step(states: number, bytes: Uint8Array, start: number, end: number): number {
    const { tokens } = this;
    let advanced = 0;
    for (let i = 0; i < tokens.length; i++) {
      const bit = 1 << i;
      if ((states & bit) === 0 || !anyIn(tokens[i].as, bytes, start, end)) continue;
      advanced |= bit << 1;
      if ((this.repeated & bit) !== 0) advanced |= bit;
    }
    return this.skip(advanced);
  }

  /** Adds the states behind tokens that may be left out. */
  private skip(states: number): number {
    for (let i = 0; i < this.tokens.length; i++) {
      const bit = 1 << i;
      if ((states & this.optional & bit) !== 0) states |= bit << 1;
    }
    return states;
  }
}

function bitsOf(tokens: readonly PathToken[], test: (token: PathToken) => boolean): number {
  return tokens.reduce((bits, token, at) => (test(token) ? bits | (1 << at) : bits), 0);
}

/** Whether one of the AS numbers `bytes[start, end)` is in the set. */
export function anyIn(as: Numbers, bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 4) if (includes(as, u32(bytes, at))) return true;
  return false;
}
