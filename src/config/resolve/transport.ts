/** Resolves the transport settings of a peer. */
import type { TransportSpec } from '../../spec/transport.ts';
import { type PasswordSetting, type ReadSecret, readPassword } from '../problems/secrets.ts';
import type { Subject } from './effective.ts';

/** TTL of packets that have crossed no router (RFC 5082 section 3). */
const MAX_TTL = 255;

/** The configuration must have been accepted by `load` with the same `readSecret`. */
export function transportSpec(subject: Subject, internal: boolean, readSecret: ReadSecret): TransportSpec {
  const hops = subject.get('ttl-security') || null;
  const password = readPassword((subject.get('password') ?? false) as PasswordSetting, readSecret);
  return {
    password: password !== null && 'key' in password ? password : null,
    ttl: hops === null ? reach(subject, internal) : MAX_TTL,
    minTtl: hops === null ? null : MAX_TTL + 1 - hops,
    dscp: subject.get('dscp'),
    bindDevice: subject.get('bind-device'),
    userTimeoutMs: subject.get('tcp-user-timeout') * 1000,
  };
}

/** The TTL. An eBGP peer is directly connected by default. */
function reach(subject: Subject, internal: boolean): number | null {
  return subject.get('multihop') || (internal ? null : 1);
}
