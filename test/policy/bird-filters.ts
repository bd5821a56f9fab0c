/** One BIRD with a filter for each policy, in a pipe from the table of the given routes to one of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemon } from '../lab/daemons.ts';
import { Background, exec } from '../lab/process.ts';
import { waitFor } from '../lab/wait-for.ts';
import type { Accepted } from './lab.ts';
import { type Policy, pair, ROUTES } from './random-policies.ts';

const ORIGINS = ['ORIGIN_IGP', 'ORIGIN_EGP', 'ORIGIN_INCOMPLETE'];
const WORDS = ['IGP', 'EGP', 'INCOMPLETE'];

function birdConfiguration(policies: readonly Policy[]): string {
  const routes = ROUTES.map(({ prefix, asPath, med, communities, large, origin }) => {
    const path = [...asPath].reverse().map((as) => `bgp_path.prepend(${as});`);
    const added = [
      ...communities.map((text) => `bgp_community.add(${pair(text)});`),
      ...large.map((text) => `bgp_large_community.add(${pair(text)});`),
    ];
    const set = [`bgp_origin = ${ORIGINS[origin]};`, 'bgp_path = +empty+;', ...path];
    const empty = ['bgp_community = -empty-;', 'bgp_large_community = ---empty---;'];
    return `  route ${prefix} blackhole { ${[...set, `bgp_med = ${med};`, 'bgp_local_pref = 100;', ...empty, ...added].join(' ')} };`;
  });
  const pipes = policies.map(
    ({ bird }, at) => `ipv4 table t${at};
filter f${at} {
${bird}
}
protocol pipe p${at} { table given; peer table t${at}; import none; export filter f${at}; }`,
  );
  return `log stderr all;
router id 10.99.0.1;
ipv4 table given;
protocol static { ipv4 { table given; };
${routes.join('\n')}
}
${pipes.join('\n')}
`;
}

/** What BIRD shows of a table, by prefix. */
function birdRoutes(text: string): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const route = /^(\d[\d./]*)\s+blackhole/.exec(line);
    const attribute = /^\s+BGP\.(\w+): ?(.*)$/.exec(line);
    if (route !== null) {
      current = {};
      found.set(route[1]!, current);
    } else if (attribute !== null) current[attribute[1]!] = attribute[2]!.trim();
  }
  return found;
}

const sorted = (text: string) =>
  (text.match(/\([^)]*\)/g) ?? []).map((each) => each.slice(1, -1).replaceAll(/,\s*/g, ':')).sort();

export class BirdFilters {
  private readonly folder = mkdtempSync(join(tmpdir(), 'policy-bird-'));
  private running: Background | null = null;

  async start(policies: readonly Policy[]): Promise<void> {
    const { program, env } = daemon('bird2');
    const configuration = join(this.folder, 'bird.conf');
    writeFileSync(configuration, birdConfiguration(policies));
    const args = ['-f', '-c', configuration, '-s', join(this.folder, 'ctl')];
    this.running = new Background('bird', program('usr/sbin/bird'), args, env);
    await this.running.answers(() => this.ask('show status'), /up and running/);
    await waitFor(
      'the pipes are up',
      () => this.ask('show protocols'),
      (text) => (text.match(/ up /g) ?? []).length > policies.length,
    );
  }

  /** What the filter of a policy accepts. */
  async accepted(at: number): Promise<Accepted[]> {
    const routes = birdRoutes(await this.ask(`show route table t${at} all`));
    return [...routes].map(([prefix, route]) => ({
      prefix,
      asPath: route.as_path ?? '',
      med: Number(route.med),
      localPref: Number(route.local_pref),
      origin: WORDS.find((word) => word.toLowerCase() === route.origin!.toLowerCase()) ?? '',
      communities: sorted(route.community ?? ''),
      large: sorted(route.large_community ?? ''),
    }));
  }

  async stop(): Promise<void> {
    await this.running?.kill();
    rmSync(this.folder, { recursive: true });
  }

  private ask(command: string): Promise<string> {
    const { program, env } = daemon('bird2');
    const args = ['-s', join(this.folder, 'ctl'), ...command.split(' ')];
    return exec(program('usr/sbin/birdc'), args, { env }).catch(String);
  }
}
