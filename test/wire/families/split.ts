/** What a codec makes of one NLRI. */
import { type NlriCodec, NlriParts } from '../../../src/wire/nlri-codec.ts';

export interface Split {
  /** The position behind it, from its start; -1: its end is unknown. */
  readonly length: number;
  readonly verdict: number;
  readonly key: Uint8Array;
  readonly payload: Uint8Array;
}

const parts = new NlriParts();
/** What is in front of and behind an NLRI: octets that no result may depend on. */
const FRONT = 7;
/** Octets that `write` adds to key and payload at most: `KeyTable` counts on it. */
const ADDED = 64;

/** Reads the NLRI of `octets` between other octets, all of them `around`. */
export function split(codec: NlriCodec, octets: Uint8Array, withdrawn = false, around = 0xff): Split {
  const bytes = new Uint8Array(FRONT + octets.length + 300).fill(around);
  bytes.set(octets, FRONT);
  parts.key.fill(around, 0, 300);
  parts.payload.fill(around, 0, 300);
  const next = codec.read(bytes, FRONT, FRONT + octets.length, withdrawn, parts);
  const skipped = codec.skip?.(bytes, FRONT, FRONT + octets.length, withdrawn) ?? next;
  if (skipped !== next) throw new Error(`read to ${next}, skipped to ${skipped}`);
  if (next < 0) return { length: -1, verdict: 0, key: new Uint8Array(0), payload: new Uint8Array(0) };
  return {
    length: next - FRONT,
    verdict: parts.verdict,
    key: parts.key.slice(0, parts.keyLength),
    payload: parts.payload.slice(0, parts.payloadLength),
  };
}

/** Writes an NLRI between other octets, from a key and a payload between other octets. */
export function join(codec: NlriCodec, key: Uint8Array, payload: Uint8Array): Uint8Array {
  const keys = new Uint8Array(key.length + 10).fill(0xee);
  keys.set(key, 5);
  const payloads = new Uint8Array(payload.length + 10).fill(0xdd);
  payloads.set(payload, 3);
  const out = new Uint8Array(key.length + payload.length + 300).fill(0xcc);
  const end = codec.write(keys, 5, key.length, payloads, 3, payload.length, out, FRONT);
  for (const outside of [out.subarray(0, FRONT), out.subarray(end)]) {
    if (outside.some((octet) => octet !== 0xcc)) throw new Error('written outside of the NLRI');
  }
  if (end - FRONT > key.length + payload.length + ADDED) throw new Error('longer than key and payload allow');
  return out.slice(FRONT, end);
}
