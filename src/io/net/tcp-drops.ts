/** Segments that the kernel has dropped for their signature or TTL, of all programs of the network namespace. */
import { readFileSync } from 'node:fs';

/** Counters of the kernel (`TcpExt` in /proc/net/netstat) by what they mean. */
const COUNTERS = {
  wrongKey: 'TCPMD5Failure',
  unsigned: 'TCPMD5NotFound',
  signed: 'TCPMD5Unexpected',
  lowTtl: 'TCPMinTTLDrop',
} as const;

/**
 * Since the system started: `wrongKey` signed with another key than ours, `unsigned` by who has a key here, `signed` by
 * who has none here, `lowTtl` below the least TTL.
 */
export type TcpDrops = Readonly<Record<keyof typeof COUNTERS, number>>;

/** Reads them now; 0 where the kernel does not count one. */
export function readTcpDrops(): TcpDrops {
  try {
    return parseTcpDrops(readFileSync('/proc/net/netstat', 'latin1'));
  } catch {
    return parseTcpDrops('');
  }
}

/** @param text of /proc/net/netstat: a line of names, and one of numbers, for each group */
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
