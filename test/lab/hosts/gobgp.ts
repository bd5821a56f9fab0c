/**
 * GoBGP as a host: one IPv6 session that carries both families; it installs nothing. It waits to be dialed, since it
 * waits five to ten seconds before each dial of its own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../daemons.ts';
import type { Namespace } from '../namespace.ts';
import type { Background } from '../process.ts';
import { waitFor } from '../wait-for.ts';
import type { Announced, BgpHost, HostOptions, LearnedRoute } from './host.ts';
import { Host, isIpv6 } from './host.ts';

/** `session_state` of GoBGP's API. */
const ESTABLISHED = 6;

class GobgpHost extends Host implements BgpHost {
  readonly installs = false;
  private daemon: Background | null = null;

  async start(): Promise<void> {
    const path = join(this.ns.folder, 'gobgp.toml');
    writeFileSync(path, this.configuration());
    const { program, env } = daemon('gobgp');
    this.daemon = this.ns.spawn(
      'gobgpd',
      program('usr/bin/gobgpd'),
      ['-f', path, '--api-hosts', '127.0.0.1:50051'],
      env,
    );
    await this.daemon.answers(() => this.ask('global'), /AS:/);
    for (const [prefix, attributes] of this.announced) await this.add(prefix, attributes);
  }

  async established(): Promise<void> {
    const wanted = this.options.neighbors.length;
    await waitFor(
      `${this.name}: ${wanted} sessions are Established`,
      async () => JSON.parse(await this.ask('-j', 'neighbor')) as { state: { session_state: number } }[],
      (peers) => peers.filter((peer) => peer.state.session_state === ESTABLISHED).length === wanted,
    );
  }

  async routes(): Promise<LearnedRoute[]> {
    const tables = await Promise.all(
      ['ipv4', 'ipv6'].map((family) => this.ask('-j', 'global', 'rib', '-a', family).catch(emptyTable)),
    );
    return tables.flatMap((table) => readTable(JSON.parse(table) as GobgpTable));
  }

  async announce(prefix: string, attributes: Announced = {}): Promise<void> {
    this.announced.set(prefix, attributes);
    await this.add(prefix, attributes);
  }

  async withdraw(prefix: string): Promise<void> {
    this.announced.delete(prefix);
    await this.ask('global', 'rib', 'del', prefix, '-a', isIpv6(prefix) ? 'ipv6' : 'ipv4');
  }

  async reset(): Promise<void> {
    // Its own reset would leave the session down for half a minute.
    for (const verb of ['disable', 'enable']) {
      for (const neighbor of this.options.neighbors) await this.ask('neighbor', neighbor.ipv6, verb);
    }
  }

  async hurry(): Promise<void> {}

  async kill(): Promise<void> {
    await this.daemon?.kill();
  }

  private async add(prefix: string, attributes: Announced): Promise<void> {
    const ipv6 = isIpv6(prefix);
    const args = [
      'nexthop',
      ipv6 || this.options.extendedNextHop === true ? this.ns.ipv6 : this.ns.ipv4,
      'origin',
      'igp',
    ];
    if (attributes.localPref !== undefined) args.push('local-pref', String(attributes.localPref));
    if (attributes.med !== undefined) args.push('med', String(attributes.med));
    if (attributes.communities !== undefined) args.push('community', attributes.communities.join(','));
    await this.ask('global', 'rib', 'add', prefix, ...args, '-a', ipv6 ? 'ipv6' : 'ipv4');
  }

  private ask(...args: readonly string[]): Promise<string> {
    const { program, env } = daemon('gobgp');
    return this.ns.exec(program('usr/bin/gobgp'), args, { env });
  }

  private whereabouts({ ipv6 }: Namespace): string {
    const { interfaceName } = this.options;
    return interfaceName === undefined ? `neighbor-address = "${ipv6}"` : `neighbor-interface = "${interfaceName}"`;
  }

  /** On an interface it dials: it takes nothing from a link-local address. */
  private transportLines(): string {
    if (this.options.interfaceName !== undefined) return '';
    return `  [neighbors.transport.config]\n    local-address = "${this.ns.ipv6}"\n    passive-mode = true\n`;
  }

  private connectionLines(): string {
    const { password, ttlSecurity } = this.options;
    const key = password === undefined ? '' : `    auth-password = "${password}"\n`;
    return ttlSecurity === true
      ? `${key}  [neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255\n`
      : key;
  }

  private configuration(): string {
    const neighbors = this.options.neighbors.map(
      (neighbor) => `[[neighbors]]
  [neighbors.config]
    ${this.whereabouts(neighbor)}
    peer-as = ${this.options.neighborAs}
${this.connectionLines()}${this.transportLines()}  [neighbors.timers.config]
    hold-time = 240
    keepalive-interval = 80
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`,
    );
    return `[global.config]
  as = ${this.as}
  router-id = "${this.routerId}"
  local-address-list = ["${this.ns.ipv4}", "${this.ns.ipv6}"]
${neighbors.join('')}`;
  }
}

/** The client fails where a table has no route at all. */
function emptyTable(error: Error): string {
  if (/network not in table/i.test(error.message)) return '{}';
  throw error;
}

/** Attributes by their type code, in the client's words. */
interface GobgpAttribute {
  readonly type: number;
  readonly value?: number | string;
  readonly as_paths?: readonly { readonly asns: readonly number[] }[];
  readonly nexthop?: string;
  readonly metric?: number;
  readonly communities?: readonly number[];
}

interface GobgpPath {
  readonly attrs: readonly GobgpAttribute[];
  readonly 'neighbor-ip'?: string;
}

type GobgpTable = Readonly<Record<string, readonly GobgpPath[]>>;

function readTable(table: GobgpTable): LearnedRoute[] {
  return Object.entries(table).flatMap(([prefix, paths]) =>
    paths.filter((path) => !isLocal(path)).map((path) => learned(prefix, path)),
  );
}

function isLocal(path: GobgpPath): boolean {
  const neighbor = path['neighbor-ip'];
  return neighbor === undefined || neighbor === '<nil>' || neighbor === '' || neighbor === 'invalid IP';
}

function learned(prefix: string, path: GobgpPath): LearnedRoute {
  const attribute = (type: number) => path.attrs.find((one) => one.type === type);
  return {
    prefix,
    nextHop: attribute(3)?.nexthop ?? attribute(14)?.nexthop ?? '',
    asPath: (attribute(2)?.as_paths ?? []).flatMap((segment) => segment.asns),
    localPref: (attribute(5)?.value as number | undefined) ?? null,
    med: attribute(4)?.metric ?? null,
    communities: (attribute(8)?.communities ?? []).map((value) => `${value >>> 16}:${value & 0xffff}`),
    originatorId: (attribute(9)?.value as string | undefined) ?? null,
    clusterList: (attribute(10)?.value as unknown as readonly string[] | undefined) ?? [],
  };
}

/** GoBGP with one IPv6 session to each neighbor. */
export function gobgpHost(options: HostOptions): BgpHost {
  return new GobgpHost(options);
}
