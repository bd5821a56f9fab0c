/**
 * BIRD 2 in the place of reflectord: it shows that what the tests expect holds for another correct reflector
 * (`LAB_REFLECTOR=bird2 npx jest test/interop`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../daemons.ts';
import type { Namespace } from '../namespace.ts';
import type { Background } from '../process.ts';
import type { Reflector, ReflectorOptions } from './reflector.ts';

class BirdReflector implements Reflector {
  readonly name: string;
  readonly ns: Namespace;
  private readonly options: ReflectorOptions;
  private running: Background | null = null;

  constructor(options: ReflectorOptions) {
    this.options = options;
    this.ns = options.ns;
    this.name = options.ns.name;
  }

  async start(): Promise<void> {
    const path = join(this.ns.folder, 'bird.conf');
    const socket = join(this.ns.folder, 'bird.ctl');
    writeFileSync(path, this.configuration());
    const { program, env } = daemon('bird2');
    this.running = this.ns.spawn('bird', program('usr/sbin/bird'), ['-f', '-c', path, '-s', socket], env);
    const ask = () => this.ns.exec(program('usr/sbin/birdc'), ['-s', socket, 'show', 'status'], { env });
    await this.running.answers(ask, /up and running/);
  }

  async kill(): Promise<void> {
    await this.running?.kill();
  }

  private configuration(): string {
    const { as, routerId, clusterId, switches, dialed, others, graceful = false } = this.options;
    const clients = dialed.map(
      (one, i) => `protocol bgp dialed${i} from clients { passive off; neighbor ${one.ipv6} as ${as}; ${RETRY} }`,
    );
    const ebgp = switches.flatMap((one, i) => [
      `protocol bgp sw4_${i} { local ${this.ns.ipv4} as ${as}; neighbor ${one.ns.ipv4} as ${one.as}; ${RETRY} ipv4 { ${ALL} next hop keep; }; }`,
      `protocol bgp sw6_${i} { local ${this.ns.ipv6} as ${as}; neighbor ${one.ns.ipv6} as ${one.as}; ${RETRY} ipv6 { ${ALL} next hop keep; }; }`,
    ]);
    const ibgp = others.map(
      (one, i) =>
        `protocol bgp other${i} { local ${this.ns.ipv4} as ${as}; neighbor ${one.ipv4} as ${as}; ${RETRY} rr cluster id ${clusterId}; ${KEEP} }`,
    );
    return `log stderr all;
router id ${routerId};
protocol device { scan time 60; }
protocol direct { ipv4; ipv6; }
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; }
template bgp clients { local as ${as}; rr client; rr cluster id ${clusterId}; passive on; hold time 240; graceful restart ${graceful ? 'aware' : 'off'}; multihop; ${KEEP} }
protocol bgp dyn4 from clients { neighbor range 10.99.0.0/16 as ${as}; dynamic name "c4_"; }
protocol bgp dyn6 from clients { neighbor range fd99::/64 as ${as}; dynamic name "c6_"; }
${ebgp.join('\n')}
${clients.join('\n')}
${ibgp.join('\n')}
`;
  }
}

const ALL = 'import all; export where source = RTS_BGP;';
const KEEP = `ipv4 { ${ALL} next hop keep; }; ipv6 { ${ALL} next hop keep; };`;
const RETRY = 'hold time 240; connect delay time 1; connect retry time 2; error wait time 1, 2;';

export function birdReflector(options: ReflectorOptions): Reflector {
  return new BirdReflector(options);
}
