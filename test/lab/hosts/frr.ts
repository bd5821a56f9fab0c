/** FRR (zebra and bgpd) as an iBGP host and as an eBGP switch. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../daemons.ts';
import type { Background } from '../process.ts';
import { waitFor } from '../wait-for.ts';
import type { Announced, BgpHost, HostOptions, LearnedRoute } from './host.ts';
import { BFD_INTERVAL_MS, Host, isIpv6 } from './host.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** How it peers: one IPv4 session that carries both families, or a session for each. */
export interface FrrOptions extends HostOptions {
  readonly sessions: 'shared' | 'separate';
}

export class FrrHost extends Host<FrrOptions> implements BgpHost {
  readonly installs = true;
  private zebra: Background | null = null;
  private bfdd: Background | null = null;
  private bgpd: Background | null = null;

  async start(): Promise<void> {
    this.write('vtysh.conf', 'username root nopassword\n');
    if (this.zebra === null) {
      this.zebra = this.run('zebra', ['-f', this.write('zebra.conf', 'log stdout\n')]);
      await this.zebra.answers(() => this.tell('zebra', 'show version'), /FRRouting \d/);
    }
    if (this.options.bfd !== undefined && this.bfdd === null) {
      const socket = join(this.ns.folder, 'bfdd.sock');
      this.bfdd = this.run('bfdd', ['--bfdctl', socket, '-f', this.write('bfdd.conf', 'log stdout\n')]);
      await this.bfdd.answers(() => this.tell('bfdd', 'show version'), /FRRouting \d/);
    }
    const bgpd = this.run('bgpd', ['-f', this.write('bgpd.conf', this.configuration())]);
    this.bgpd = bgpd;
    await bgpd.answers(() => this.tell('bgpd', 'show version'), /FRRouting \d/);
  }

  async established(): Promise<void> {
    const wanted = this.neighborAddresses().length;
    await waitFor(
      `${this.name}: ${wanted} sessions are Established`,
      async () =>
        JSON.parse(await this.tell('bgpd', 'show bgp neighbors json')) as Record<string, { bgpState?: string }>,
      (peers) => Object.values(peers).filter((peer) => peer.bgpState === 'Established').length === wanted,
    );
  }

  async routes(): Promise<LearnedRoute[]> {
    const tables = await Promise.all(FAMILIES.map((name) => this.familyRoutes(name)));
    return tables.flat();
  }

  async announce(prefix: string, attributes: Announced = {}): Promise<void> {
    this.announced.set(prefix, attributes);
    const lines = announcement(prefix, attributes);
    await this.tell('bgpd', 'configure terminal', ...lines.map, `router bgp ${this.as}`, family(prefix), lines.network);
  }

  async withdraw(prefix: string): Promise<void> {
    this.announced.delete(prefix);
    await this.tell('bgpd', 'configure terminal', `router bgp ${this.as}`, family(prefix), `no network ${prefix}`);
  }

  async reset(): Promise<void> {
    await this.tell('bgpd', 'clear bgp *');
  }

  async hurry(): Promise<void> {}

  async kill(): Promise<void> {
    await this.bgpd?.kill();
    // What bgpd has put into the kernel is zebra's to keep over a graceful restart.
    if (this.options.graceful) return;
    await this.bfdd?.kill();
    await this.zebra?.kill();
    this.bfdd = null;
    this.zebra = null;
  }

  /** The table tells the prefixes; the attributes are only told prefix by prefix. */
  private async familyRoutes(name: string): Promise<LearnedRoute[]> {
    const table = JSON.parse(await this.tell('bgpd', `show bgp ${name} unicast json`)) as { routes: object };
    const prefixes = Object.keys(table.routes);
    if (prefixes.length === 0) return [];
    const answers = await this.tell('bgpd', ...prefixes.map((prefix) => `show bgp ${name} unicast ${prefix} json`));
    const entries = answers.split(/^(?=\{)/m).filter((text) => text.startsWith('{'));
    return entries.flatMap((text) => readEntry(JSON.parse(text) as FrrEntry));
  }

  private run(program: string, args: readonly string[]): Background {
    const { program: locate, env } = daemon('frr');
    const sockets = ['-z', join(this.ns.folder, 'zserv.sock'), '--vty_socket', this.ns.folder];
    const common = ['-u', 'root', '-g', 'root', '-P', '0', '-i', join(this.ns.folder, `${program}.pid`), ...sockets];
    const everywhere = program !== 'bgpd' || this.options.interfaceName !== undefined;
    const modules = everywhere ? [] : ['-l', this.ns.ipv4, '-l', this.ns.ipv6];
    return this.ns.spawn(program, locate(`usr/lib/frr/${program}`), [...common, ...modules, ...args], env);
  }

  async tell(program: 'zebra' | 'bfdd' | 'bgpd', ...commands: readonly string[]): Promise<string> {
    const { program: locate, env } = daemon('frr');
    const folder = this.ns.folder;
    const args = [
      '--vty_socket',
      folder,
      '--config_dir',
      folder,
      '-d',
      program,
      ...commands.flatMap((command) => ['-c', command]),
    ];
    return this.ns.exec(locate('usr/bin/vtysh'), args, { env });
  }

  private write(file: string, text: string): string {
    const path = join(this.ns.folder, file);
    writeFileSync(path, text);
    return path;
  }

  private neighborAddresses(): string[] {
    const shared = this.options.sessions === 'shared';
    if (this.options.interfaceName !== undefined) return [this.options.interfaceName];
    if (this.options.extendedNextHop === true) return this.options.neighbors.map((one) => one.ipv6);
    return this.options.neighbors.flatMap((one) => (shared ? [one.ipv4] : [one.ipv4, one.ipv6]));
  }

  private configuration(): string {
    const announcements = [...this.announced].map(([prefix, attributes]) => announcement(prefix, attributes));
    const neighbors = this.neighborAddresses();
    const shared = this.options.sessions === 'shared';
    const families = FAMILIES.map((name) => {
      const active = neighbors.filter((address) => shared || isIpv6(address) === (name === 'ipv6'));
      const networks = announcements.filter((one) => one.ipv6 === (name === 'ipv6'));
      return ` address-family ${name} unicast
${active.map((address) => `  neighbor ${address} activate`).join('\n')}
${networks.map((one) => `  ${one.network}`).join('\n')}
 exit-address-family`;
    });
    return `log stdout
${announcements.flatMap((one) => one.map).join('\n')}
router bgp ${this.as}
 bgp router-id ${this.routerId}
 bgp log-neighbor-changes
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
${confederationLines(this.options)}${this.options.graceful ? ' bgp graceful-restart\n bgp graceful-restart preserve-fw-state' : ''}
${neighbors.map((address) => neighborLines(address, this.options)).join('\n')}
${families.join('\n')}
`;
  }
}

function confederationLines({ confederation }: HostOptions): string {
  if (confederation === undefined) return '';
  const { identifier, members } = confederation;
  return ` bgp confederation identifier ${identifier}\n bgp confederation peers ${members.join(' ')}\n`;
}

function neighborLines(address: string, options: HostOptions): string {
  const { neighborAs, password, multihop, ttlSecurity, extendedNextHop, interfaceName, role } = options;
  const on = interfaceName === undefined ? '' : 'interface ';
  const key = password === undefined ? '' : ` neighbor ${address} password ${password}\n`;
  const ttl = multihop === undefined ? '' : ` neighbor ${address} ebgp-multihop ${multihop}\n`;
  const hops = ttlSecurity === true ? ` neighbor ${address} ttl-security hops 1\n` : '';
  const bfd =
    options.bfd === undefined
      ? ''
      : ` neighbor ${address} bfd 3 ${BFD_INTERVAL_MS} ${BFD_INTERVAL_MS}\n neighbor ${address} bfd check-control-plane-failure\n`;
  const extended = extendedNextHop === true ? ` neighbor ${address} capability extended-nexthop\n` : '';
  const said = role === undefined ? '' : ` neighbor ${address} local-role ${role}\n`;
  return ` neighbor ${address} ${on}remote-as ${neighborAs}
 neighbor ${address} timers 80 240
 neighbor ${address} timers connect 1
 neighbor ${address} advertisement-interval 0
${key}${ttl}${hops}${extended}${said}${bfd}`;
}

function family(prefix: string): string {
  return `address-family ${isIpv6(prefix) ? 'ipv6' : 'ipv4'} unicast`;
}

/** The lines that announce a prefix: a route map of its own that sets what it is announced with, and the network. */
function announcement(prefix: string, attributes: Announced): { map: string[]; network: string; ipv6: boolean } {
  const name = `set-${prefix.replace(/[^0-9a-f]/g, '-')}`;
  const map = [`route-map ${name} permit 10`];
  if (attributes.localPref !== undefined) map.push(`set local-preference ${attributes.localPref}`);
  if (attributes.med !== undefined) map.push(`set metric ${attributes.med}`);
  if (attributes.communities !== undefined) map.push(`set community ${attributes.communities.join(' ')}`);
  return { map: [...map, 'exit'], network: `network ${prefix} route-map ${name}`, ipv6: isIpv6(prefix) };
}

interface FrrSegment {
  readonly type: string;
  readonly list: readonly number[];
}

interface FrrPath {
  readonly aspath?: { readonly segments?: readonly FrrSegment[] };
  readonly locPrf?: number;
  readonly metric?: number;
  readonly med?: number;
  readonly community?: { readonly list: readonly string[] };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
  readonly nexthops?: readonly { readonly ip: string; readonly scope?: string }[];
  readonly sourced?: boolean;
  readonly local?: boolean;
}

/** Empty when the prefix went away between the two questions. */
interface FrrEntry {
  readonly prefix?: string;
  readonly paths?: readonly FrrPath[];
}

function readEntry(entry: FrrEntry): LearnedRoute[] {
  const paths = (entry.paths ?? []).filter((path) => path.sourced !== true);
  return paths.map((path) => learned(entry.prefix ?? '', path));
}

function isConfed({ type }: FrrSegment): boolean {
  return type.includes('confed');
}

function learned(prefix: string, path: FrrPath): LearnedRoute {
  const hops = path.nexthops ?? [];
  const hop = hops.find((one) => one.scope !== 'link-local') ?? hops[0];
  const segments = path.aspath?.segments ?? [];
  const members = segments.filter(isConfed).flatMap(({ list }) => list);
  return {
    prefix,
    nextHop: hop?.ip ?? '',
    asPath: segments.filter((segment) => !isConfed(segment)).flatMap(({ list }) => list),
    ...(members.length === 0 ? {} : { confedPath: members }),
    localPref: path.locPrf ?? null,
    med: path.metric ?? path.med ?? null,
    communities: path.community?.list ?? [],
    originatorId: path.originatorId ?? null,
    clusterList: path.clusterList?.list ?? [],
  };
}

/** FRR as an iBGP host: one IPv4 session that carries both families. */
export function frrHost(options: HostOptions): FrrHost {
  return new FrrHost({ ...options, sessions: 'shared' });
}

/** FRR as a top-of-rack switch with an AS of its own: a session for each family. */
export function frrSwitch(options: HostOptions): BgpHost {
  return new FrrHost({ ...options, sessions: 'separate' });
}
