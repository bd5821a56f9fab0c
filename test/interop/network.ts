/**
 * The network of the interoperability tests: every daemon of the field as a host of one LAN, a reflector among them.
 *
 *   reflector ─┬─ BIRD 2 ─┬─ BIRD 1.6 ─┬─ FRR ─┬─ GoBGP ─┬─ OpenBGPD ─┬─ ExaBGP ─┬─ FRR as a switch (eBGP)
 */
import { bird1Host, bird2Host } from '../lab/hosts/bird.ts';
import { exabgpHost } from '../lab/hosts/exabgp.ts';
import { frrHost, frrSwitch } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import type { Announced, BgpHost, HostOptions, LearnedRoute } from '../lab/hosts/host.ts';
import { isIpv6, kernelRoutes } from '../lab/hosts/host.ts';
import { openbgpdHost } from '../lab/hosts/openbgpd.ts';
import type { Reflector } from '../lab/hosts/reflector.ts';
import { reflector } from '../lab/hosts/which-reflector.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { eventually } from '../lab/wait-for.ts';

export const AS = 65000;
export const SWITCH_AS = 65100;
export const CLUSTER_ID = '10.99.255.1';

const KINDS = {
  bird2: bird2Host,
  bird1: bird1Host,
  frr: frrHost,
  gobgp: gobgpHost,
  openbgpd: openbgpdHost,
  exabgp: exabgpHost,
  switch: frrSwitch,
} as const satisfies Record<string, (options: HostOptions) => BgpHost>;

export type HostName = keyof typeof KINDS;
export const HOST_NAMES = Object.keys(KINDS) as HostName[];
/** Those whose daemon writes into the kernel. */
export const INSTALLING = ['bird2', 'bird1', 'frr', 'switch'] as const satisfies HostName[];

/** What is announced, by host and prefix: the tests keep it up to date, and expect everything from it. */
type Announcements = Record<HostName, Record<string, Announced>>;

export class Network {
  readonly lab = new Lab();
  readonly announced: Announcements;
  private readonly hosts = new Map<HostName, BgpHost>();
  private readonly addresses = new Map<string, string>();
  private middle: Reflector | null = null;

  constructor() {
    const all = HOST_NAMES.map((name) => [name, initialPrefixes(name)]);
    this.announced = Object.fromEntries(all) as Announcements;
  }

  get reflector(): Reflector {
    return this.middle!;
  }

  host(name: HostName): BgpHost {
    return this.hosts.get(name)!;
  }

  /** All hosts and the reflector run, all sessions are up. */
  async start(): Promise<void> {
    const center = await this.lab.host('reflector', 1);
    const namespaces = await Promise.all(HOST_NAMES.map((name) => this.lab.host(name, hostNumber(name))));
    await Promise.all(namespaces.map((ns) => this.prepare(ns)));
    const [gobgp, leaf] = [namespaces[HOST_NAMES.indexOf('gobgp')]!, namespaces[HOST_NAMES.indexOf('switch')]!];
    this.middle = reflector({
      ns: center,
      as: AS,
      routerId: center.ipv4,
      clusterId: CLUSTER_ID,
      dialed: [gobgp],
      switches: [{ ns: leaf, as: SWITCH_AS }],
      others: [],
    });
    namespaces.forEach((ns, i) => {
      this.hosts.set(HOST_NAMES[i]!, this.makeHost(HOST_NAMES[i]!, ns, center));
    });
    await Promise.all([this.reflector.start(), ...[...this.hosts.values()].map((host) => host.start())]);
    await this.established();
  }

  async established(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.established()));
  }

  async close(): Promise<void> {
    await this.lab.close();
  }

  /** Waits until every host knows exactly what it should, and every kernel too. */
  async converged(): Promise<void> {
    await Promise.all([
      ...HOST_NAMES.map((name) => this.learnedBy(name)),
      ...INSTALLING.map((name) => this.kernelOf(name)),
    ]);
    await this.kernelOf('reflector');
  }

  /** Waits until a host has learned exactly what the others announce, with the attributes that RFC 4456 asks for. */
  async learnedBy(name: HostName): Promise<void> {
    await eventually(`${name} has learned what it should`, async () => {
      const routes = (await this.host(name).routes()).map((route) => this.named(route));
      const seen = Object.fromEntries(routes.map((route) => [route.prefix, route]));
      expect(seen).toEqual(this.expectedAt(name));
      expect(routes).toHaveLength(Object.keys(seen).length);
    });
  }

  /** Waits until a kernel leads to each best route's announcer, and has no other route. */
  async kernelOf(name: (typeof INSTALLING)[number] | 'reflector'): Promise<void> {
    const ns = name === 'reflector' ? this.reflector.ns : this.host(name).ns;
    await eventually(`the kernel of ${name} has the routes that it should`, async () => {
      const routes = await kernelRoutes(ns);
      const seen = routes.map(({ prefix, via }) => [prefix, this.addresses.get(via) ?? via]);
      expect(Object.fromEntries(seen)).toEqual(this.expectedVia(name));
      expect(seen).toHaveLength(Object.keys(this.expectedVia(name)).length);
    });
  }

  async announce(name: HostName, prefix: string, attributes: Announced): Promise<void> {
    this.announced[name][prefix] = attributes;
    await this.host(name).announce(prefix, attributes);
  }

  async withdraw(name: HostName, prefix: string): Promise<void> {
    delete this.announced[name][prefix];
    await this.host(name).withdraw(prefix);
  }

  /** Names of the addresses on the LAN, and the addresses that a host is pinged at. */
  private async prepare(ns: Namespace): Promise<void> {
    const number = hostNumber(ns.name as HostName);
    await ns.addLoopback(`10.1.${number}.1/32`, `fd01:${number}::1/128`);
    for (const address of [ns.ipv4, ns.ipv6, await ns.linkLocal()]) this.addresses.set(address, ns.name);
  }

  private makeHost(name: HostName, ns: Namespace, center: Namespace): BgpHost {
    return KINDS[name]({
      ns,
      as: name === 'switch' ? SWITCH_AS : AS,
      routerId: routerId(name),
      neighbors: [center],
      neighborAs: AS,
      prefixes: this.announced[name],
    });
  }

  private expectedAt(name: HostName): Record<string, unknown> {
    const best = this.best();
    const others = [...best].filter(([, source]) => source !== name);
    return Object.fromEntries(others.map(([prefix, source]) => [prefix, this.expectedRoute(prefix, source, name)]));
  }

  private expectedVia(name: HostName | 'reflector'): Record<string, string> {
    const own = name === 'reflector' ? {} : this.announced[name];
    return Object.fromEntries([...this.best()].filter(([prefix]) => !(prefix in own)));
  }

  /** Who has the best path of each prefix: the tests make LOCAL_PREF decide. */
  private best(): Map<string, HostName> {
    const best = new Map<string, HostName>();
    for (const name of HOST_NAMES) {
      for (const prefix of Object.keys(this.announced[name])) {
        const other = best.get(prefix);
        if (other === undefined || this.preference(other, prefix) < this.preference(name, prefix))
          best.set(prefix, name);
      }
    }
    return best;
  }

  private preference(name: HostName, prefix: string): number {
    return name === 'switch' ? 100 : this.announced[name][prefix]!.localPref!;
  }

  private expectedRoute(prefix: string, source: HostName, at: HostName): object {
    const { med, communities } = this.announced[source][prefix]!;
    const reflected = source !== 'switch' && at !== 'switch';
    return {
      prefix,
      nextHop: source,
      asPath: at === 'switch' ? [AS] : source === 'switch' ? [SWITCH_AS] : [],
      localPref: at === 'switch' ? null : this.preference(source, prefix),
      // Whether MED crosses to another AS is a matter of policy; within the AS it must.
      med: at === 'switch' ? expect.anything() : med,
      communities,
      originatorId: reflected ? routerId(source) : null,
      clusterList: reflected ? [CLUSTER_ID] : [],
    };
  }

  /** Next hops become names: where a daemon shows a global and a link-local one, either will do. */
  private named(route: LearnedRoute): Omit<LearnedRoute, 'med'> & { med: number | string } {
    const { nextHop, med } = route;
    return { ...route, nextHop: this.addresses.get(nextHop) ?? nextHop, med: med ?? 'none' };
  }
}

export function hostNumber(name: HostName): number {
  return 2 + HOST_NAMES.indexOf(name);
}

function routerId(name: HostName): string {
  return `10.0.0.${hostNumber(name)}`;
}

/** The address of a host that is reached along reflected routes. */
export function innerAddress(name: HostName, family: 'ipv4' | 'ipv6'): string {
  return family === 'ipv4' ? `10.1.${hostNumber(name)}.1` : `fd01:${hostNumber(name)}::1`;
}

function initialPrefixes(name: HostName): Record<string, Announced> {
  const number = hostNumber(name);
  // What a Calico node puts into LOCAL_PREF: 2147483647 less the metric of the kernel's route.
  const localPref = name === 'bird1' ? 2147482623 : 100 + number;
  const attributes = { localPref, med: 10 + number, communities: [`65000:${number}`, '65000:999'] };
  return { [`10.1.${number}.0/24`]: attributes, [`fd01:${number}::/64`]: attributes };
}

/** A prefix of a family that no host announces at the start. */
export function newPrefix(name: HostName, ipv6: boolean): string {
  return ipv6 ? `fd02:${hostNumber(name)}::/48` : `10.2.${hostNumber(name)}.0/26`;
}

export { isIpv6 };
