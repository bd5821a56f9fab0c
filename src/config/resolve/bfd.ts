/** Resolves the BFD settings of a peer. */
import type { BfdSettings } from '../../spec/peer.ts';
import { BFD } from '../values/bfd.ts';
import type { Subject } from './effective.ts';

/** The BFD settings of a peer, or null without BFD. */
export function bfdSettings(subject: Subject, internal: boolean): BfdSettings | null {
  const setting = subject.get('bfd');
  if (setting === false) return null;
  const words = setting === true ? {} : setting;
  const intervalMs = words['interval-ms'] ?? BFD.intervalMs;
  return {
    intervalMs,
    minRxMs: words['min-rx-ms'] ?? intervalMs,
    multiplier: words.multiplier ?? BFD.multiplier,
    multihop: words.multihop ?? isFar(subject, internal),
    minTtl: words['min-ttl'] ?? 1,
    graceful: words.graceful ?? BFD.graceful,
  };
}

/** Whether a peer is several hops away; null: it depends on the addresses of its session. */
function isFar(subject: Subject, internal: boolean): boolean | null {
  if (subject.onLink) return false;
  const hops = subject.get('ttl-security') || subject.get('multihop') || null;
  if (hops === 1) return false;
  return internal ? null : hops !== null;
}
