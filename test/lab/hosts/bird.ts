/**
 * BIRD 2 and BIRD 1.6 as hosts. BIRD 1.6 is set up as on a node of a Calico cluster: two daemons, `bird` and `bird6`,
 * with one router id; ADD-PATH, graceful restart, recursive next hops.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../daemons.ts';
import type { Namespace } from '../namespace.ts';
import type { Background } from '../process.ts';
import { waitFor } from '../wait-for.ts';
import type { Announced, BgpHost, HostOptions, LearnedRoute } from './host.ts';
import { BFD_INTERVAL_MS, Host, isIpv6 } from './host.ts';

/** One daemon with its control socket. */
export class BirdDaemon {
  readonly socket: string;
  readonly configuration: string;
  private running: Background | null = null;
  private readonly ns: Namespace;
  private readonly package: 'bird1' | 'bird2';
  private readonly suffix: string;

  constructor(ns: Namespace, packageName: 'bird1' | 'bird2', suffix: '' | '6') {
    this.ns = ns;
    this.package = packageName;
    this.suffix = suffix;
    this.socket = join(ns.folder, `bird${suffix}.ctl`);
    this.configuration = join(ns.folder, `bird${suffix}.conf`);
  }

  async start(): Promise<void> {
    const { program, env } = daemon(this.package);
    const name = `bird${this.suffix}`;
    // Started again, it takes over what is in the kernel (RFC 4724), as Calico has it do.
    const recover = this.running !== null ? ['-R'] : [];
    const arguments_ = ['-f', ...recover, '-c', this.configuration, '-s', this.socket];
    this.running = this.ns.spawn(name, program(`usr/sbin/${name}`), arguments_, env);
    await this.running.answers(() => this.ask('show status'), /up and running/);
  }

  async kill(): Promise<void> {
    await this.running?.kill();
  }

  /** An answer of `birdc`; empty while the daemon does not listen. */
  async ask(command: string): Promise<string> {
    const { program, env } = daemon(this.package);
    const client = program(`usr/sbin/birdc${this.suffix}`);
    return this.ns.exec(client, ['-s', this.socket, ...command.split(' ')], { env }).catch((error) => String(error));
  }
}

/** What differs between the versions. */
interface Flavour {
  readonly package: 'bird1' | 'bird2';
  configure(options: HostOptions, announced: ReadonlyMap<string, Announced>, ipv6: boolean): string;
}

class BirdHost extends Host implements BgpHost {
  readonly installs = true;
  private readonly daemons: readonly BirdDaemon[];
  private readonly flavour: Flavour;

  constructor(options: HostOptions, flavour: Flavour) {
    super(options);
    this.flavour = flavour;
    const suffixes = flavour.package === 'bird1' ? (['', '6'] as const) : ([''] as const);
    this.daemons = suffixes.map((suffix) => new BirdDaemon(this.ns, flavour.package, suffix));
  }

  async start(): Promise<void> {
    this.configure();
    await Promise.all(this.daemons.map((one) => one.start()));
  }

  async established(): Promise<void> {
    const sessions = (this.options.extendedNextHop === true ? 1 : 2) * this.options.neighbors.length;
    await waitFor(
      `${this.name}: ${sessions} sessions are Established`,
      async () => (await this.askAll('show protocols')).match(/^rr.*$/gm) ?? [],
      (lines) => lines.filter((line) => line.includes('Established')).length === sessions,
    );
  }

  async routes(): Promise<LearnedRoute[]> {
    return parseBirdRoutes(await this.askAll('show route all'), (protocol) => protocol.startsWith('rr'));
  }

  async announce(prefix: string, attributes: Announced = {}): Promise<void> {
    this.announced.set(prefix, attributes);
    await this.reconfigure();
  }

  async withdraw(prefix: string): Promise<void> {
    this.announced.delete(prefix);
    await this.reconfigure();
  }

  async reset(): Promise<void> {
    await this.askAll('restart "rr*"');
  }

  async refresh(): Promise<void> {
    await this.askAll('reload in "rr*"');
  }

  async hurry(): Promise<void> {}

  async kill(): Promise<void> {
    await Promise.all(this.daemons.map((one) => one.kill()));
  }

  private async askAll(command: string): Promise<string> {
    return (await Promise.all(this.daemons.map((one) => one.ask(command)))).join('\n');
  }

  private async reconfigure(): Promise<void> {
    this.configure();
    const answer = await this.askAll('configure');
    if (!answer.includes('Reconfigur')) throw new Error(`${this.name}: ${answer}`);
  }

  private configure(): void {
    this.daemons.forEach((one, i) => {
      writeFileSync(one.configuration, this.flavour.configure(this.options, this.announced, i === 1));
    });
  }
}

function staticRoutes(announced: ReadonlyMap<string, Announced>, ipv6: boolean): string {
  let text = '';
  for (const [prefix, attributes] of announced) {
    if (isIpv6(prefix) !== ipv6) continue;
    const sets = [];
    if (attributes.localPref !== undefined) sets.push(`bgp_local_pref = ${attributes.localPref};`);
    if (attributes.med !== undefined) sets.push(`bgp_med = ${attributes.med};`);
    for (const community of attributes.communities ?? []) {
      sets.push(`bgp_community.add((${community.replace(':', ',')}));`);
    }
    text += `  route ${prefix} blackhole { ${sets.join(' ')} };\n`;
  }
  return text;
}

const TIMES = `interval ${BFD_INTERVAL_MS} ms; multiplier 3;`;
const BFD = `protocol bfd { interface "*" { ${TIMES} }; multihop { ${TIMES} }; }`;

const bird2: Flavour = {
  package: 'bird2',
  configure(options, announced) {
    const extended = options.neighbors.map(
      (neighbor, i) => `protocol bgp rr6_${i} from reflector { local ${options.ns.ipv6} as ${options.as};
  neighbor ${neighbor.ipv6} as ${options.neighborAs};
  ipv4 { import all; export where source = RTS_STATIC; extended next hop on; };
  ipv6 { import all; export where source = RTS_STATIC; }; }`,
    );
    const separate = options.neighbors.flatMap((neighbor, i) => [
      `protocol bgp rr4_${i} from reflector { local ${options.ns.ipv4} as ${options.as};
  neighbor ${neighbor.ipv4} as ${options.neighborAs};
  ipv4 { import all; export where source = RTS_STATIC; }; }`,
      `protocol bgp rr6_${i} from reflector { local ${options.ns.ipv6} as ${options.as};
  neighbor ${neighbor.ipv6} as ${options.neighborAs};
  ipv6 { import all; export where source = RTS_STATIC; }; }`,
    ]);
    const sessions = options.extendedNextHop === true ? extended : separate;
    const [kernel, graceful] = options.graceful ? ['persist; graceful restart;', 'graceful restart;'] : ['', ''];
    return `log stderr all;
router id ${options.routerId};
protocol device { scan time 60; }
${options.bfd === undefined ? '' : BFD}
protocol direct { ipv4; ipv6; }
protocol kernel kernel4 { ${kernel} ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel kernel6 { ${kernel} ipv6 { import none; export where source = RTS_BGP; }; }
protocol static static4 { ipv4; ${staticRoutes(announced, false)} }
protocol static static6 { ipv6; ${staticRoutes(announced, true)} }
template bgp reflector { ${graceful} ${options.extendedMessages ? 'enable extended messages on;' : ''} hold time 240; connect delay time 1; connect retry time 2; error wait time 1, 2; ${connectionWords(options)} ${confederationWords(options)} }
${sessions.join('\n')}
`;
  },
};

/** A neighbor with another AS number is a member, too. */
function confederationWords({ as, neighborAs, confederation }: HostOptions): string {
  if (confederation === undefined) return '';
  return `confederation ${confederation.identifier}; ${as === neighborAs ? '' : 'confederation member yes;'}`;
}

/** TTL security needs a peer that is known to be a neighbor. */
function connectionWords({ password, ttlSecurity, bfd }: HostOptions): string {
  const guard = bfd === undefined ? '' : `bfd graceful; ${bfd === 'single-hop' ? 'direct;' : 'multihop;'}`;
  const key = `${password === undefined ? '' : `password "${password}";`} ${guard}`;
  return ttlSecurity === true ? `${key} direct; ttl security on;` : key;
}

const bird1: Flavour = {
  package: 'bird1',
  configure(options, announced, ipv6) {
    const sessions = options.neighbors.map(
      (neighbor, i) => `protocol bgp rr_${i} from reflector {
  neighbor ${ipv6 ? neighbor.ipv6 : neighbor.ipv4} as ${options.neighborAs};
}`,
    );
    return `log stderr all;
router id ${options.routerId};
protocol device { scan time 2; }
protocol direct { interface -"cali*", -"kube-ipvs*", "*"; }
protocol kernel { learn; persist; scan time 2; import none; export where source = RTS_BGP; graceful restart; merge paths on; }
protocol static { ${staticRoutes(announced, ipv6)} }
template bgp reflector {
  local as ${options.as};
  multihop;
  gateway recursive;
  import all;
  export filter { if source != RTS_STATIC then reject; ${localPreferences(announced, ipv6)} accept; };
  source address ${ipv6 ? options.ns.ipv6 : options.ns.ipv4};
  add paths on;
  graceful restart;
  next hop self;
  connect delay time 1;
  connect retry time 2;
  error wait time 1, 2;
}
${sessions.join('\n')}
`;
  },
};

/** BIRD 1.6 forgets a LOCAL_PREF that a static route was given, so the export filter sets it. */
function localPreferences(announced: ReadonlyMap<string, Announced>, ipv6: boolean): string {
  const ours = [...announced].filter(([prefix, { localPref }]) => isIpv6(prefix) === ipv6 && localPref !== undefined);
  return ours.map(([prefix, { localPref }]) => `if net = ${prefix} then bgp_local_pref = ${localPref};`).join(' ');
}

/** BIRD 2 with an IPv4 and an IPv6 session to each neighbor. */
export function bird2Host(options: HostOptions): BgpHost {
  return new BirdHost(options, bird2);
}

/** BIRD 1.6 as on a Calico node. */
export function bird1Host(options: HostOptions): BgpHost {
  return new BirdHost(options, bird1);
}

/** Reads `show route all` of either version: routes of the protocols that `wanted` names. */
export function parseBirdRoutes(text: string, wanted: (protocol: string) => boolean): LearnedRoute[] {
  const found: LearnedRoute[] = [];
  let prefix = '';
  let attributes: Map<string, string> | null = null;
  const finish = () => {
    if (attributes?.has('next_hop')) found.push(learned(prefix, attributes));
    attributes = null;
  };
  for (const line of text.split('\n')) {
    const head = /^(\S+\/\d+)?\s+\S.*\[(\w+) /.exec(line);
    if (head) {
      finish();
      prefix = head[1] ?? prefix;
      attributes = wanted(head[2]!) ? new Map() : null;
    }
    const attribute = /^\tBGP\.(\w+): ?(.*)$/.exec(line);
    if (attribute) attributes?.set(attribute[1]!, attribute[2]!);
  }
  finish();
  return found;
}

function learned(prefix: string, attributes: ReadonlyMap<string, string>): LearnedRoute {
  const number = (name: string) => (attributes.has(name) ? Number(attributes.get(name)) : null);
  const words = (name: string) => (attributes.get(name) ?? '').split(' ').filter((word) => word !== '');
  const [inParentheses = '', path = ''] = /^(\([^)]*\))?(.*)$/.exec(attributes.get('as_path') ?? '')!.slice(1);
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
  return {
    prefix,
    nextHop: words('next_hop')[0]!,
    asPath: numbers(path),
    ...(inParentheses === '' ? {} : { confedPath: numbers(inParentheses) }),
    localPref: number('local_pref'),
    med: number('med'),
    communities: words('community').map((word) => word.replace(/[()]/g, '').replace(',', ':')),
    originatorId: attributes.get('originator_id') ?? null,
    clusterList: words('cluster_list'),
  };
}
