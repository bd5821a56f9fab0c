/** What docs/ shows of other daemons is what these daemons accept: configurations, and commands of operators. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, proseOf, rowsOf, snippetsOf } from '../docs/pages.ts';
import { daemon } from '../lab/daemons.ts';
import { BirdDaemon, bird2Host } from '../lab/hosts/bird.ts';
import { FrrHost } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import type { BgpHost } from '../lab/hosts/host.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { temporaryFolder } from '../lab/temporary.ts';

jest.setTimeout(60_000);

/** What each says of a command that it does not know. */
const BIRD_UNKNOWN = /syntax error|no such command/i;
const FRR_UNKNOWN = /^% .*(unknown|ambiguous|incomplete)/im;
const GOBGP_UNKNOWN = /unknown (command|flag)|^usage:|invalid|not found/im;

const snippets = PAGES.flatMap(snippetsOf);
const named = (language: string) =>
  snippets
    .filter(({ words }) => words[0] === language)
    .map(({ page, line, words, text }) => ({ title: `${page}:${line}`, version: words[1], text }));

describeAsRoot(['bird1', 'bird2', 'frr', 'gobgp'], 'other daemons in the documentation', () => {
  const lab = new Lab();
  const folder = temporaryFolder();
  let hosts: Record<'bird' | 'frr' | 'gobgp', BgpHost & { readonly ns: Namespace }>;
  let neighbor: Namespace;

  beforeAll(async () => {
    neighbor = await lab.host('nobody', 9);
    const options = { as: 65000, neighbors: [neighbor], neighborAs: 65000 };
    const [one, two, three] = await Promise.all(['bird', 'frr', 'gobgp'].map((name, i) => lab.host(name, i + 1)));
    const prefixes = { '10.0.0.0/24': {} };
    hosts = {
      bird: bird2Host({ ...options, ns: one!, routerId: one!.ipv4, bfd: 'multihop', prefixes }),
      frr: new FrrHost({ ...options, ns: two!, routerId: two!.ipv4, sessions: 'separate', bfd: 'multihop', prefixes }),
      gobgp: gobgpHost({ ...options, ns: three!, routerId: three!.ipv4, prefixes }),
    };
    await Promise.all(Object.values(hosts).map((host) => host.start()));
  });
  afterAll(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(named('bird'))('BIRD accepts the configuration of $title', ({ version, text }) => {
    const { program, env } = daemon(version === '1.6' ? 'bird1' : 'bird2');
    const path = join(mkdtempSync(join(folder, 'bird-')), 'bird.conf');
    writeFileSync(path, text);
    execFileSync(program('usr/sbin/bird'), ['-p', '-c', path], { env: { ...process.env, ...env }, stdio: 'pipe' });
  });

  function checkFrr(text: string): void {
    const { program, env } = daemon('frr');
    const own = mkdtempSync(join(folder, 'frr-'));
    const path = join(own, 'frr.conf');
    writeFileSync(path, text);
    writeFileSync(join(own, 'vtysh.conf'), '');
    const check = ['--config_dir', own, '-C', '-f', path];
    execFileSync(program('usr/bin/vtysh'), check, { env: { ...process.env, ...env }, stdio: 'pipe' });
  }

  test.each(named('frr'))('FRR accepts the configuration of $title', ({ text }) => checkFrr(text));

  test('FRR rejects a configuration with a word that it does not know', () => {
    expect(() => checkFrr('router bgp 65001\n neighbor 10.1.0.1 remote-as 64512\n neighbor 10.1.0.1 pears\n')).toThrow(
      /pears/,
    );
  });

  const table = rowsOf(proseOf('docs/COMMANDS.md')).filter((row) => row.length === 5);
  const commands = (column: number) => table.flatMap((row) => commandsIn(row[column]!));

  test('birdc knows every command that stands in its column', async () => {
    const bird = new BirdDaemon(hosts.bird.ns, 'bird2', '');
    const wanted = commands(1);
    expect(wanted.length).toBeGreaterThan(10);
    const names = { PROTOCOL: 'rr4_0', kernel1: 'kernel4', PREFIX: '10.0.0.0/24' };
    for (const command of wanted) {
      const answer = await bird.ask(fill(command, names));
      expect([command, answer]).toEqual([command, expect.not.stringMatching(BIRD_UNKNOWN)]);
    }
    expect(await bird.ask('show pears')).toMatch(BIRD_UNKNOWN);
  });

  test('vtysh knows every command that stands in its column', async () => {
    const frr = hosts.frr as FrrHost;
    const wanted = commands(2);
    expect(wanted.length).toBeGreaterThan(10);
    for (const command of wanted) {
      const program = command.includes('bfd') ? 'bfdd' : command.includes(' ip ') ? 'zebra' : 'bgpd';
      const answer = await frr
        .tell(program, fill(command, { PEER: neighbor.ipv4, PREFIX: '10.0.0.0/24' }))
        .catch(String);
      expect([command, answer]).toEqual([command, expect.not.stringMatching(FRR_UNKNOWN)]);
    }
    expect(await frr.tell('bgpd', 'show bgp pears').catch(String)).toMatch(FRR_UNKNOWN);
  });

  test('gobgp knows every command that stands in its column', async () => {
    const { program, env } = daemon('gobgp');
    // What it knows of `monitor` goes on until it is ended; what it does not know ends at once.
    const ask = (command: string) => {
      const argv = [program('usr/bin/gobgp'), ...command.split(' ')];
      const [first, ...more] = command.startsWith('monitor') ? ['timeout', '2', ...argv] : argv;
      return hosts.gobgp.ns.exec(first!, more, { env }).catch(String);
    };
    const wanted = commands(3);
    expect(wanted.length).toBeGreaterThan(5);
    for (const command of wanted) {
      const answer = await ask(fill(command, { PEER: neighbor.ipv6, PREFIX: '10.0.0.0/24' }));
      expect([command, answer]).toEqual([command, expect.not.stringMatching(GOBGP_UNKNOWN)]);
    }
    expect(await ask(`neighbor ${neighbor.ipv6} pears`)).toMatch(GOBGP_UNKNOWN);
    expect(await ask('monitor global pears')).toMatch(GOBGP_UNKNOWN);
  });
});

/** The commands of a cell; what is run elsewhere (a shell) or stands in a file says so behind it. */
function commandsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`( in | of )?/g)].flatMap(([, command, elsewhere]) =>
    elsewhere ? [] : [command!],
  );
}

function fill(command: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), command);
}
