/**
 * The environment of the demo: loopback addresses, or its own network namespaces with real kernel routes.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface Place {
  /** Whether the reflector installs routes in a kernel table. */
  readonly kernel: boolean;
  /** Why it does not, in words; '' if it does. */
  readonly reason: string;
  /** Address and port of the reflector. */
  readonly reflector: string;
  readonly port: number;
  /** Source addresses of the sessions of hosts and switch. */
  readonly addresses: Readonly<Record<SpeakerName, string>>;
  /** Next hops that they advertise, IPv4 and IPv6. */
  readonly nextHops: Readonly<Record<SpeakerName, readonly [string, string]>>;
  /** Prefix of the addresses of the hosts. */
  readonly range: string;
  /** A command that runs in the namespace of the reflector (null) or of a speaker. */
  command(speaker: SpeakerName | null, argv: readonly string[]): readonly string[];
  /** Removes everything that was created. */
  close(): void;
}

export const SPEAKERS = ['host-1', 'host-2', 'switch'] as const;
export type SpeakerName = (typeof SPEAKERS)[number];

const PORT = 11_790;

/** Namespaces, if the system allows them and `loopback` is false; else loopback addresses. */
export function findPlace(loopback: boolean): Place {
  if (loopback) return onLoopback('option --loopback');
  if (process.platform !== 'linux') return onLoopback('this is not Linux');
  if (process.getuid?.() !== 0) return onLoopback('not root');
  if (spawnSync('ip', ['-V']).status !== 0) return onLoopback('no ip command (package iproute2)');
  try {
    return new Namespaces();
  } catch (error) {
    return onLoopback(`no network namespaces: ${(error as Error).message}`);
  }
}

function onLoopback(reason: string): Place {
  return {
    kernel: false,
    reason,
    reflector: '127.0.0.1',
    port: PORT,
    addresses: { 'host-1': '127.0.0.11', 'host-2': '127.0.0.12', switch: '127.0.1.1' },
    // A loopback address is not valid as a next hop: the hosts advertise documentation addresses.
    nextHops: nextHops(),
    range: '127.0.0.0/24',
    command: (_speaker, argv) => argv,
    close: () => {},
  };
}

function nextHops(): Place['nextHops'] {
  return {
    'host-1': ['192.0.2.11', '2001:db8::11'],
    'host-2': ['192.0.2.12', '2001:db8::12'],
    switch: ['192.0.2.21', '2001:db8::21'],
  };
}

/** Four namespaces on one bridge, which is in the namespace of the reflector. */
class Namespaces implements Place {
  readonly kernel = true;
  readonly reason = '';
  readonly reflector = '192.0.2.1';
  readonly port = PORT;
  readonly addresses = { 'host-1': '192.0.2.11', 'host-2': '192.0.2.12', switch: '192.0.2.21' };
  readonly nextHops = nextHops();
  readonly range = '192.0.2.8/29';
  private readonly tag = `rdemo-${randomBytes(3).toString('hex')}`;
  private readonly made: string[] = [];

  constructor() {
    try {
      this.build();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  command(speaker: SpeakerName | null, argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.nameOf(speaker), ...argv];
  }

  close(): void {
    for (const name of this.made.splice(0)) spawnSync('ip', ['netns', 'del', name]);
  }

  private build(): void {
    for (const speaker of [null, ...SPEAKERS]) this.add(this.nameOf(speaker));
    const reflector = this.nameOf(null);
    ip('-n', reflector, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', reflector, 'addr', 'add', '192.0.2.1/24', 'dev', 'br0');
    ip('-n', reflector, 'addr', 'add', '2001:db8::1/64', 'dev', 'br0', 'nodad');
    ip('-n', reflector, 'link', 'set', 'br0', 'up');
    SPEAKERS.forEach((speaker, i) => {
      this.connect(speaker, `p${i}`, reflector);
    });
  }

  private connect(speaker: SpeakerName, port: string, reflector: string): void {
    const name = this.nameOf(speaker);
    const [ipv4, ipv6] = this.nextHops[speaker];
    ip('link', 'add', port, 'netns', reflector, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', reflector, 'link', 'set', port, 'master', 'br0', 'up');
    ip('-n', name, 'addr', 'add', `${ipv4}/24`, 'dev', 'eth0');
    ip('-n', name, 'addr', 'add', `${ipv6}/64`, 'dev', 'eth0', 'nodad');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
  }

  private add(name: string): void {
    ip('netns', 'add', name);
    this.made.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  private nameOf(speaker: SpeakerName | null): string {
    return `${this.tag}-${speaker ?? 'rr'}`;
  }
}

function ip(...argv: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${argv.join(' ')}: ${stderr.trim()}`);
}
