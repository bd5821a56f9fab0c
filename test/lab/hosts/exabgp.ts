/**
 * ExaBGP as a host: one IPv6 session that carries both families. It keeps no table: what it learned is put together
 * from the UPDATEs that it tells its helper process.
 *
 *   commands file ─ tail -f ─► exabgp ─ JSON lines ─► updates file
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../daemons.ts';
import type { Background } from '../process.ts';
import { waitFor } from '../wait-for.ts';
import type { Announced, BgpHost, HostOptions, LearnedRoute } from './host.ts';
import { Host, isIpv6 } from './host.ts';

class ExabgpHost extends Host implements BgpHost {
  readonly installs = false;
  private readonly commands: string;
  private readonly updates: string;
  private daemon: Background | null = null;

  constructor(options: HostOptions) {
    super(options);
    this.commands = join(options.ns.folder, 'commands');
    this.updates = join(options.ns.folder, 'updates');
  }

  async start(): Promise<void> {
    const path = join(this.ns.folder, 'exabgp.conf');
    writeFileSync(path, this.configuration());
    writeFileSync(this.updates, '');
    writeFileSync(this.commands, '');
    for (const [prefix, attributes] of this.announced) this.add(prefix, attributes);
    const { program, env } = daemon('exabgp');
    const settings = {
      ...env,
      'exabgp.daemon.user': 'root',
      'exabgp.log.destination': 'stdout',
      'exabgp.log.network': 'true',
      'exabgp.api.cli': 'false',
      'exabgp.api.ack': 'false',
    };
    this.daemon = this.ns.spawn('exabgp', program('python3'), ['-m', 'exabgp', path], settings);
  }

  async established(): Promise<void> {
    const wanted = this.options.neighbors.length;
    await waitFor(
      `${this.name}: ${wanted} sessions are Established`,
      () => [...this.follow().up],
      (up) => up.length === wanted,
    );
  }

  async routes(): Promise<LearnedRoute[]> {
    return [...this.follow().routes.values()];
  }

  async announce(prefix: string, attributes: Announced = {}): Promise<void> {
    this.announced.set(prefix, attributes);
    this.add(prefix, attributes);
  }

  async withdraw(prefix: string): Promise<void> {
    this.announced.delete(prefix);
    this.send(`withdraw route ${prefix} next-hop ${this.nextHop(prefix)}`);
  }

  async reset(): Promise<void> {
    for (const neighbor of this.options.neighbors) this.send(`neighbor ${neighbor.ipv6} teardown 4`);
  }

  async hurry(): Promise<void> {}

  async kill(): Promise<void> {
    await this.daemon?.kill();
  }

  private add(prefix: string, attributes: Announced): void {
    const words = [`announce route ${prefix} next-hop ${this.nextHop(prefix)} origin igp`];
    if (attributes.localPref !== undefined) words.push(`local-preference ${attributes.localPref}`);
    if (attributes.med !== undefined) words.push(`med ${attributes.med}`);
    if (attributes.communities !== undefined) words.push(`community [${attributes.communities.join(' ')}]`);
    this.send(words.join(' '));
  }

  private nextHop(prefix: string): string {
    return isIpv6(prefix) ? this.ns.ipv6 : this.ns.ipv4;
  }

  private send(command: string): void {
    appendFileSync(this.commands, `${command}\n`);
  }

  private configuration(): string {
    const helper = join(this.ns.folder, 'helper.sh');
    // A background command of a shell reads from nowhere unless its input is given to it by another name.
    const script = `exec 3<&0
cat <&3 >>${this.updates} &
exec tail --pid=$PPID -n +1 -f ${this.commands}
`;
    writeFileSync(helper, script);
    const neighbors = this.options.neighbors.map(
      (neighbor) => `neighbor ${neighbor.ipv6} {
  router-id ${this.routerId};
  local-address ${this.ns.ipv6};
  local-as ${this.as};
  peer-as ${this.options.neighborAs};
  hold-time 240;
  family { ipv4 unicast; ipv6 unicast; }
  api { processes [helper]; neighbor-changes; receive { parsed; update; } }
}
`,
    );
    return `process helper { run /bin/sh ${helper}; encoder json; }\n${neighbors.join('')}`;
  }

  /** Replays what it was told since its start. */
  private follow(): { up: Set<string>; routes: Map<string, LearnedRoute> } {
    const up = new Set<string>();
    const routes = new Map<string, LearnedRoute>();
    for (const line of readFileSync(this.updates, 'utf8').split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue;
      // Its words for why a session ended can have a line break in them.
      const event = JSON.parse(line.replace(/\p{Cc}/gu, ' ')) as ExabgpEvent;
      const peer = event.neighbor?.address.peer ?? '';
      if (event.type === 'state' && event.neighbor?.state === 'up') up.add(peer);
      if (event.type === 'state' && event.neighbor?.state === 'down') {
        up.delete(peer);
        for (const key of routes.keys()) if (key.startsWith(`${peer} `)) routes.delete(key);
      }
      const update = event.neighbor?.message?.update;
      if (update !== undefined) applyUpdate(routes, peer, update);
    }
    return { up, routes };
  }
}

interface ExabgpUpdate {
  readonly attribute?: {
    readonly 'as-path'?: readonly number[] | Readonly<Record<string, { readonly value: readonly number[] }>>;
    readonly 'local-preference'?: number;
    readonly med?: number;
    readonly community?: readonly (readonly [number, number])[];
    readonly 'originator-id'?: string;
    readonly 'cluster-list'?: readonly string[];
  };
  /** By family, then by next hop. */
  readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly { readonly nlri: string }[]>>>>;
  readonly withdraw?: Readonly<Record<string, readonly { readonly nlri: string }[]>>;
}

interface ExabgpEvent {
  readonly type: string;
  readonly neighbor?: {
    readonly address: { readonly peer: string };
    readonly state?: string;
    readonly message?: { readonly update?: ExabgpUpdate };
  };
}

function applyUpdate(routes: Map<string, LearnedRoute>, peer: string, update: ExabgpUpdate): void {
  for (const gone of Object.values(update.withdraw ?? {}).flat()) routes.delete(`${peer} ${gone.nlri}`);
  for (const byNextHop of Object.values(update.announce ?? {})) {
    for (const [nextHop, entries] of Object.entries(byNextHop)) {
      if (!Array.isArray(entries)) continue;
      for (const { nlri } of entries) {
        if (nlri !== undefined) routes.set(`${peer} ${nlri}`, learned(nlri, nextHop, update.attribute ?? {}));
      }
    }
  }
}

function learned(prefix: string, nextHop: string, attribute: NonNullable<ExabgpUpdate['attribute']>): LearnedRoute {
  const path = attribute['as-path'] ?? [];
  const asPath = Array.isArray(path) ? path : Object.values(path).flatMap((segment) => segment.value);
  return {
    prefix,
    nextHop,
    asPath,
    localPref: attribute['local-preference'] ?? null,
    med: attribute.med ?? null,
    communities: (attribute.community ?? []).map((pair) => pair.join(':')),
    originatorId: attribute['originator-id'] ?? null,
    clusterList: attribute['cluster-list'] ?? [],
  };
}

/** ExaBGP with one IPv6 session to each neighbor. */
export function exabgpHost(options: HostOptions): BgpHost {
  return new ExabgpHost(options);
}
