/** Segments that the kernel dropped because of their signature or TTL, for all programs of the network namespace. */
import { readFileSync } from 'node:fs';

/** Counters of the kernel (`TcpExt` in /proc/net/netstat) by their meaning. */
const COUNTERS = {
  wrongKey: 'TCPMD5Failure',
  unsigned: 'TCPMD5NotFound',
  signed: 'TCPMD5Unexpected',
  lowTtl: 'TCPMinTTLDrop',
} as const;

/**
 * Since the system started: `wrongKey`: the signature does not match our key; `unsigned`: no signature although a key
 * is set here; `signed`: a signature although no key is set here; `lowTtl`: TTL below the minimum.
 */
export type TcpDrops = Readonly<Record<keyof typeof COUNTERS, number>>;

/** Reads the counters; 0 for one that the kernel does not have. */
export function readTcpDrops(): TcpDrops {
  try {
    return parseTcpDrops(readFileSync('/proc/net/netstat', 'latin1'));
  } catch {
    return parseTcpDrops('');
  }
}

/** @param text of /proc/net/netstat: a line of names and a line of numbers for each group */
export function parseTcpDrops(text: string): TcpDrops {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  const read = (name: string): number => Number(values[names.indexOf(name)] ?? 0);
  return {
    wrongKey: read(COUNTERS.wrongKey),
    unsigned: read(COUNTERS.unsigned),
    signed: read(COUNTERS.signed),
    lowTtl: read(COUNTERS.lowTtl),
  };
}
