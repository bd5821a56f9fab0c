/**
 * Nodes of a Calico cluster as BIRD 1.6 has them, and a stand-in for Calico's confd: it makes their configuration of the
 * resources of the cluster, and BIRD applies each change as on a node (`configure`).
 */
import { writeFileSync } from 'node:fs';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { kernelRoutes } from '../lab/hosts/host.ts';
import type { Namespace } from '../lab/namespace.ts';
import { waitFor } from '../lab/wait-for.ts';

/** A BGPConfiguration or BGPPeer (projectcalico.org/v3), the parts that this stand-in knows. */
export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly nodeToNodeMeshEnabled?: boolean;
    readonly asNumber?: number;
    readonly nodeSelector?: string;
    readonly peerIP?: string;
  };
}

/** The name of a node is that of its namespace; its pods are in 172.16.N.0/26 for the node 10.99.0.N. */
export class CalicoNode {
  readonly ns: Namespace;
  readonly pod: string;
  private readonly bird: BirdDaemon;
  private protocols: readonly string[] = [];

  constructor(ns: Namespace) {
    this.ns = ns;
    this.pod = `${this.block.slice(0, this.block.indexOf('.0/26'))}.1`;
    this.bird = new BirdDaemon(ns, 'bird1', '');
  }

  private get block(): string {
    return `172.16.${this.ns.ipv4.split('.')[3]}.0/26`;
  }

  async start(resources: readonly Resource[], nodes: readonly CalicoNode[]): Promise<void> {
    await this.ns.addLoopback(`${this.pod}/32`);
    this.write(resources, nodes);
    await this.bird.start();
  }

  async configure(resources: readonly Resource[], nodes: readonly CalicoNode[]): Promise<void> {
    this.write(resources, nodes);
    const answer = await this.bird.ask('configure');
    if (!answer.includes('Reconfigur')) throw new Error(`${this.ns.name}: ${answer}`);
  }

  /** Waits until it has exactly the sessions of its configuration, all of them established. */
  async established(): Promise<void> {
    const wanted = [...this.protocols].sort();
    await waitFor(
      `${this.ns.name}: the sessions ${wanted.join(', ')} are Established`,
      async () => (await this.bird.ask('show protocols')).match(/^(?:Mesh|Node)_.*$/gm) ?? [],
      (lines) => {
        const up = lines.filter((line) => line.includes('Established')).map((line) => line.split(' ')[0]);
        return lines.length === wanted.length && up.sort().join() === wanted.join();
      },
    );
  }

  /** The kernel routes that BIRD has installed, in one order. */
  async routes(): Promise<string[]> {
    return (await kernelRoutes(this.ns)).map(({ prefix, via }) => `${prefix} via ${via}`).sort();
  }

  /** Protocols that a route is learned from. */
  async sources(prefix: string): Promise<string[]> {
    const text = await this.bird.ask(`show route for ${prefix}`);
    return [...text.matchAll(/\[(\w+) /g)].map(([, protocol]) => protocol!).sort();
  }

  private write(resources: readonly Resource[], nodes: readonly CalicoNode[]): void {
    const sessions = [...this.mesh(resources, nodes), ...this.peers(resources)];
    this.protocols = sessions.map(({ name }) => name);
    writeFileSync(this.bird.configuration, this.configuration(sessions.map(({ text }) => text).join('')));
  }

  /** One side of each pair waits for the other one, as in Calico. */
  private mesh(resources: readonly Resource[], nodes: readonly CalicoNode[]): Session[] {
    const off = resources.some(({ spec }) => spec.nodeToNodeMeshEnabled === false);
    const others = off ? [] : nodes.filter((node) => node !== this);
    return others.map(({ ns }) => this.session('Mesh', ns.ipv4, ns.ipv4 > this.ns.ipv4 ? 'passive on;' : ''));
  }

  private peers(resources: readonly Resource[]): Session[] {
    const selectors = ['all()', `kubernetes.io/hostname == '${this.ns.name}'`];
    return resources
      .filter(({ kind, spec }) => kind === 'BGPPeer' && selectors.includes(spec.nodeSelector ?? 'all()'))
      .map(({ spec }) => this.session('Node', spec.peerIP!, ''));
  }

  private session(kind: string, address: string, more: string): Session {
    const name = `${kind}_${address.replaceAll('.', '_')}`;
    return { name, text: `protocol bgp ${name} from bgp_template { neighbor ${address} as 64512; ${more} }\n` };
  }

  private configuration(sessions: string): string {
    return `log stderr all;
router id ${this.ns.ipv4};
protocol static { route ${this.block} blackhole; }
protocol kernel { learn; persist; scan time 2; import all; export where source = RTS_BGP; graceful restart; merge paths on; }
protocol device { scan time 2; }
protocol direct { interface -"cali*", -"kube-ipvs*", "*"; }
template bgp bgp_template {
  description "Connection to BGP peer";
  local as 64512;
  multihop;
  gateway recursive;
  import all;
  export where net ~ [ 172.16.0.0/16{26,26} ];
  source address ${this.ns.ipv4};
  add paths on;
  graceful restart;
  connect delay time 1;
  connect retry time 2;
  error wait time 1,5;
}
${sessions}`;
  }
}

interface Session {
  readonly name: string;
  readonly text: string;
}
