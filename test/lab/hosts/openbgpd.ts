/** OpenBGPD as a host with an IPv4 and an IPv6 session; it installs nothing. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../daemons.ts';
import type { Background } from '../process.ts';
import { waitFor } from '../wait-for.ts';
import type { Announced, BgpHost, HostOptions, LearnedRoute } from './host.ts';
import { Host } from './host.ts';

class OpenbgpdHost extends Host implements BgpHost {
  readonly installs = false;
  private readonly socket: string;
  private daemon: Background | null = null;

  constructor(options: HostOptions) {
    super(options);
    this.socket = join(options.ns.folder, 'bgpd.sock');
  }

  async start(): Promise<void> {
    const path = join(this.ns.folder, 'bgpd.conf');
    writeFileSync(path, this.configuration());
    chmodSync(path, 0o600);
    const { program, env } = daemon('openbgpd');
    this.daemon = this.ns.spawn('bgpd', program('usr/sbin/bgpd'), ['-d', '-v', '-f', path], env);
    await this.daemon.answers(() => this.ask('show'), /Neighbor/);
    for (const [prefix, attributes] of this.announced) await this.add(prefix, attributes);
  }

  async established(): Promise<void> {
    const wanted = this.sessions().length;
    await waitFor(
      `${this.name}: ${wanted} sessions are Established`,
      async () => JSON.parse(await this.ask('-j', 'show', 'neighbor')) as { neighbors: { state: string }[] },
      ({ neighbors }) => neighbors.filter((peer) => peer.state === 'Established').length === wanted,
    );
  }

  async routes(): Promise<LearnedRoute[]> {
    const { rib } = JSON.parse(await this.ask('-j', 'show', 'rib', 'detail')) as { rib?: OpenbgpdRoute[] };
    return (rib ?? []).filter((route) => route.announced !== true).map(learned);
  }

  async announce(prefix: string, attributes: Announced = {}): Promise<void> {
    this.announced.set(prefix, attributes);
    await this.add(prefix, attributes);
  }

  async withdraw(prefix: string): Promise<void> {
    this.announced.delete(prefix);
    await this.ask('network', 'delete', prefix);
  }

  async reset(): Promise<void> {
    for (const { remote } of this.sessions()) await this.ask('neighbor', remote, 'clear');
  }

  /** It waits half a minute after a session that was cut. */
  async hurry(): Promise<void> {
    for (const { remote } of this.sessions()) await this.ask('neighbor', remote, 'up');
  }

  async kill(): Promise<void> {
    await this.daemon?.kill();
  }

  private async add(prefix: string, attributes: Announced): Promise<void> {
    const args = [];
    if (attributes.localPref !== undefined) args.push('localpref', String(attributes.localPref));
    if (attributes.med !== undefined) args.push('med', String(attributes.med));
    for (const community of attributes.communities ?? []) args.push('community', community);
    await this.ask('network', 'add', prefix, ...args);
  }

  private ask(...args: readonly string[]): Promise<string> {
    const { program, env } = daemon('openbgpd');
    return this.ns.exec(program('usr/sbin/bgpctl'), ['-s', this.socket, ...args], { env });
  }

  private sessions(): { local: string; remote: string; family: string }[] {
    return this.options.neighbors.flatMap((neighbor) => [
      { local: this.ns.ipv4, remote: neighbor.ipv4, family: 'IPv4' },
      { local: this.ns.ipv6, remote: neighbor.ipv6, family: 'IPv6' },
    ]);
  }

  private connectionLines(): string {
    const { password, ttlSecurity } = this.options;
    const key = password === undefined ? '' : `  tcp md5sig password "${password}"\n`;
    return ttlSecurity === true ? `${key}  ttl-security yes\n` : key;
  }

  private configuration(): string {
    const neighbors = this.sessions().map(
      ({ local, remote, family }) => `neighbor ${remote} {
  remote-as ${this.options.neighborAs}
  local-address ${local}
  announce ${family} unicast
${this.connectionLines()}}
`,
    );
    return `AS ${this.as}
router-id ${this.routerId}
listen on ${this.ns.ipv4}
listen on ${this.ns.ipv6}
socket "${this.socket}"
holdtime 240
connect-retry 1
fib-update no
nexthop qualify via default
${neighbors.join('')}allow from any
allow to any
`;
  }
}

interface OpenbgpdRoute {
  readonly prefix: string;
  readonly announced?: boolean;
  /** The NEXT_HOP; `true_nexthop` is what it resolves to. */
  readonly exit_nexthop: string;
  readonly aspath?: string;
  readonly metric?: number;
  readonly localpref?: number;
  readonly communities?: readonly string[];
  readonly attributes?: readonly {
    readonly type: string;
    readonly originator?: string;
    readonly cluster_list?: readonly string[];
  }[];
}

function learned(route: OpenbgpdRoute): LearnedRoute {
  const attribute = (type: string) => route.attributes?.find((one) => one.type === type);
  return {
    prefix: route.prefix,
    nextHop: route.exit_nexthop,
    asPath: (route.aspath ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
    localPref: route.localpref ?? null,
    med: route.metric ?? null,
    communities: route.communities ?? [],
    originatorId: attribute('Originator Id')?.originator ?? null,
    clusterList: attribute('Cluster Id List')?.cluster_list ?? [],
  };
}

/** OpenBGPD with an IPv4 and an IPv6 session to each neighbor. */
export function openbgpdHost(options: HostOptions): BgpHost {
  return new OpenbgpdHost(options);
}
