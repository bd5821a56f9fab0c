/**
 * What a family of routes must define beside its numbers: how its NLRI are split, which octets identify a route (the key) and
 * which may change without making it another route (the payload: labels, the ESI of an EVPN MAC route).
 *
 * A key is stored, hashed and compared as octets, so it is in canonical form: two NLRI are the same route if, and only if, their
 * keys are equal. A payload is a column of the path.
 */

import type { NlriKind, NlriMarks } from './nlri-marks.ts';

/** The longest NLRI: an UPDATE has at most 65,535 octets (RFC 8654). */
const MAX_NLRI = 65_535;

/** What became of the NLRI that was read (RFC 7606 5.3). */
export const NLRI = {
  ok: 0,
  /** Its end is known, its contents are not valid: the route is treated as withdrawn, the other NLRI of the field are used. */
  malformed: 1,
} as const;

/** The parts of one NLRI; reused for each, valid until the next is read. */
export class NlriParts {
  readonly key = new Uint8Array(MAX_NLRI);
  keyLength = 0;
  readonly payload = new Uint8Array(MAX_NLRI);
  payloadLength = 0;
  /** One of `NLRI`. When malformed, the key is as much as identifies the route, or empty when nothing does. */
  verdict: number = NLRI.ok;
}

/** A field of an NLRI for people and JSON: `rd`, `mac`, `vni`, … with its value as text or number. */
export type NlriFields = Record<string, string | number | readonly (string | number)[]>;

/** Splits, joins, formats and parses the NLRI of a family. Nothing here allocates but `format`, `fields` and `parse`. */
export interface NlriCodec {
  /** An attribute carries exactly one NLRI: a second one behind it would be read as its part. The default is false. */
  readonly alone?: boolean;
  /**
   * Reads the NLRI at `bytes[at]` (behind an ADD-PATH identifier) into `parts`; returns the position behind it, or -1 when the
   * end cannot be found or lies behind `end`, so that nothing behind it can be read either.
   * In MP_UNREACH_NLRI (`withdrawn`) a payload has no meaning (RFC 8277 2.4); it is read and left out.
   */
  read(bytes: Uint8Array, at: number, end: number, withdrawn: boolean, parts: NlriParts): number;
  /**
   * The position behind the NLRI at `bytes[at]`, or -1: as `read` without the parts, which costs less. Absent: only `read` finds it.
   */
  skip?(bytes: Uint8Array, at: number, end: number, withdrawn: boolean): number;
  /**
   * Writes an NLRI at `out[at]`; returns the position behind it. With `payloadLength` 0 it is written for MP_UNREACH_NLRI,
   * with the payload that the RFC of the family wants there (for labels 0x800000).
   */
  write(
    key: Uint8Array,
    keyStart: number,
    keyLength: number,
    payload: Uint8Array,
    payloadStart: number,
    payloadLength: number,
    out: Uint8Array,
    at: number,
  ): number;
  /** The route in one line, as the command line shows and takes it. Never throws, whatever the octets are. */
  format(key: Uint8Array): string;
  /** The parts of key and payload by name, for JSON, filters and the details of a route. Never throws. */
  fields(key: Uint8Array, payload: Uint8Array): NlriFields;
  /** The kinds of its routes that have parts that policies ask for; undefined: no route has any. */
  readonly kinds?: readonly NlriKind[];
  /** Fills in those parts of a route; without `kinds` it is not called. */
  mark?(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    payload: Uint8Array,
    payloadStart: number,
    payloadEnd: number,
    marks: NlriMarks,
  ): void;
  /** The key of what `format` wrote, or an error that says what is expected. */
  parse(text: string): Uint8Array | { readonly problem: string };
}
