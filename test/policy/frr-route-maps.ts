/** One `bgpd` of FRR with a route-map for each policy, and a peer for each that sends it the routes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemon } from '../lab/daemons.ts';
import { freePort } from '../lab/loopback.ts';
import { Background, exec } from '../lab/process.ts';
import { Speaker } from '../lab/speaker.ts';
import { END_OF_RIB } from '../lab/updates.ts';
import { waitFor } from '../lab/wait-for.ts';
import { type Accepted, OUR_AS, updateOf } from './lab.ts';
import { type Policy, ROUTES } from './random-policies.ts';

const PEER_AS = 65_001;
/** Sessions that are established at the same time. */
const AT_ONCE = 20;

/** A path as FRR shows it. */
interface FrrPath {
  readonly aspath: { readonly string: string };
  readonly med?: number;
  readonly metric?: number;
  readonly locPrf?: number;
  readonly origin: string;
  readonly community?: { readonly string: string };
  readonly largeCommunity?: { readonly string: string };
  readonly peer: { readonly peerId: string };
}

const addressOf = (at: number) => `127.7.${at >> 7}.${(at & 127) + 1}`;

export class FrrRouteMaps {
  private readonly folder = mkdtempSync(join(tmpdir(), 'policy-frr-'));
  private running: Background | null = null;
  private readonly speakers: Speaker[] = [];
  private policies: readonly Policy[] = [];

  async start(policies: readonly Policy[]): Promise<void> {
    this.policies = policies;
    const { program, env } = daemon('frr');
    const { folder } = this;
    const port = await freePort();
    const configuration = join(folder, 'bgpd.conf');
    writeFileSync(join(folder, 'vtysh.conf'), 'username root nopassword\n');
    writeFileSync(configuration, configurationOf(policies));
    const files = ['-i', join(folder, 'pid'), '-z', join(folder, 'zserv.sock'), '--vty_socket', folder];
    const args = ['-u', 'root', '-g', 'root', '-P', '0', '-l', '127.0.0.1', '-p', String(port), '-n', ...files];
    // The group that bgpd insists on is in a file that only it sees.
    const group = join(folder, 'group');
    writeFileSync(group, `frrvty:x:64099:root\n${readFileSync('/etc/group', 'utf8')}`);
    const command = [program('usr/lib/frr/bgpd'), ...args, '-f', configuration];
    const script = `mount --bind ${group} /etc/group && exec "$@"`;
    this.running = new Background('bgpd', 'unshare', ['-m', 'sh', '-c', script, 'sh', ...command], env);
    await this.running.answers(() => this.ask('show version').catch(String), /FRRouting \d/);
    const connect = async (at: number) => {
      const speaker = await Speaker.establish({ port, localAddress: addressOf(at) }, { as: PEER_AS });
      this.speakers.push(speaker);
      speaker.send(...ROUTES.map((route) => updateOf(route)), END_OF_RIB);
    };
    for (let at = 0; at < policies.length; at += AT_ONCE) {
      await Promise.all(policies.slice(at, at + AT_ONCE).map((_one, more) => connect(at + more)));
    }
    await waitFor(
      'FRR has all routes of all peers',
      async () => {
        const { peers = {} } = JSON.parse(await this.ask('show bgp ipv4 unicast summary json')) as {
          readonly peers?: Record<string, { readonly pfxRcd?: number; readonly msgRcvd: number }>;
        };
        return Object.values(peers).map(({ msgRcvd }) => msgRcvd);
      },
      (received) => received.length === policies.length && received.every((count) => count >= ROUTES.length + 3),
    );
  }

  /** The routes that the route-map of each policy accepts. */
  async accepted(): Promise<Map<number, Accepted[]>> {
    const found = new Map<number, Accepted[]>();
    for (const { prefix } of ROUTES) {
      const { paths = [] } = JSON.parse(await this.ask(`show bgp ipv4 unicast ${prefix} json`)) as {
        readonly paths?: readonly FrrPath[];
      };
      for (const path of paths) {
        const [, , high, low] = path.peer.peerId.split('.').map(Number);
        const at = high! * 128 + low! - 1;
        found.set(at, [...(found.get(at) ?? []), acceptedOf(prefix, path)]);
      }
    }
    return found;
  }

  routeMapOf(at: number): string {
    return routeMap(`f${at}`, this.policies[at]!);
  }

  async stop(): Promise<void> {
    for (const speaker of this.speakers) speaker.destroy();
    await this.running?.kill();
    rmSync(this.folder, { recursive: true });
  }

  ask(command: string): Promise<string> {
    const { program, env } = daemon('frr');
    const where = ['--vty_socket', this.folder, '--config_dir', this.folder, '-d', 'bgpd'];
    return exec(program('usr/bin/vtysh'), [...where, '-c', command], { env });
  }
}

function acceptedOf(prefix: string, path: FrrPath): Accepted {
  const words = (list: FrrPath['community']) => (list?.string ?? '').split(' ').filter((word) => word !== '');
  return {
    prefix,
    asPath: path.aspath.string === 'Local' ? '' : path.aspath.string,
    med: path.metric ?? path.med ?? 0,
    localPref: path.locPrf ?? 100,
    origin: path.origin.toUpperCase(),
    communities: words(path.community).sort(),
    large: words(path.largeCommunity).sort(),
  };
}

function configurationOf(policies: readonly Policy[]): string {
  const lists = new Set(policies.flatMap(({ rules }) => rules.flatMap(({ test, set }) => listsOf(test, set))));
  const each = (line: (address: string, at: number) => string) => policies.map((_one, at) => line(addressOf(at), at));
  return `log stdout
${[...lists].join('\n')}
${policies.map((one, at) => routeMap(`f${at}`, one)).join('\n')}
router bgp ${OUR_AS}
 bgp router-id 10.99.0.1
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp disable-ebgp-connected-route-check
${each((to) => ` neighbor ${to} remote-as ${PEER_AS}\n neighbor ${to} passive`).join('\n')}
${each((to) => ` no neighbor ${to} enforce-first-as`).join('\n')}
 address-family ipv4 unicast
${each((to, at) => `  neighbor ${to} activate\n  neighbor ${to} route-map f${at} in`).join('\n')}
 exit-address-family
`;
}

function listsOf(...parts: readonly (Policy['rules'][number]['set'] | null)[]): string[] {
  return parts.flatMap((part) => part?.frr?.lists ?? []);
}

/** An entry for each condition of which one must hold; what holds continues behind the others of its rule. */
function routeMap(name: string, { rules, otherwise }: Policy): string {
  const entries = rules.flatMap(({ test, set, then }, at) =>
    test.frr!.lines.map((match, other) => {
      const lines = [match, ...(then === 'reject' ? [] : (set?.frr?.lines ?? []))];
      if (then === 'next') lines.push(`on-match goto ${(at + 1) * 10 + 10}`);
      return `route-map ${name} ${then === 'reject' ? 'deny' : 'permit'} ${(at + 1) * 10 + other}\n ${lines.join('\n ')}`;
    }),
  );
  const end = `route-map ${name} ${otherwise === 'accept' ? 'permit' : 'deny'} ${(rules.length + 1) * 10}`;
  return [...entries, end].join('\n');
}
