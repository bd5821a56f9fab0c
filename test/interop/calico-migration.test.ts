/** docs/CALICO.md, step by step, while pods ping each other: no packet is lost, and no kernel route changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { snippetsOf } from '../docs/pages.ts';
import { daemon } from '../lab/daemons.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { REPOSITORY } from '../lab/paths.ts';
import type { Background } from '../lab/process.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';
import { CalicoNode, type Resource } from './calico-cluster.ts';

jest.setTimeout(90_000);

/** The resources of the page: one node, all nodes, without mesh, with mesh again. */
const steps = snippetsOf('docs/CALICO.md')
  .filter(({ words }) => words.join(' ') === 'yaml calico')
  .map(({ text }) => parseAllDocuments(text).map((document) => document.toJS() as Resource));
const [ONE_NODE, ALL_NODES, MESH_OFF, MESH_ON] = steps;

/** config/calico.yaml as the page has it changed for each of the two. */
function configurationOf(number: number): object {
  const text = readFileSync(join(REPOSITORY, 'config/calico.yaml'), 'utf8');
  if (number === 1) return parse(text) as object;
  const swapped = text.replaceAll(/\b10\.99\.0\.([12])\b/g, (_, n) => `10.99.0.${3 - Number(n)}`);
  return parse(swapped.replace('2001:db8:99::1', '2001:db8:99::2')) as object;
}

describeAsRoot(['bird1', 'ping'], 'a Calico cluster moves from the full mesh to a pair of reflectors', () => {
  const lab = new Lab();
  const resources = new Map<string, Resource>();
  const reflectors: Reflectord[] = [];
  const nodes: CalicoNode[] = [];
  const pings: Background[] = [];
  let before: string[][];

  beforeAll(async () => {
    const hosts = await Promise.all([1, 2].map((n) => lab.host(`reflector-${n}`, n)));
    nodes.push(
      ...(await Promise.all([1, 2, 3].map((n) => lab.host(`node-${n}`, 10 + n)))).map((ns) => new CalicoNode(ns)),
    );
    await Promise.all(nodes.map((node) => node.start([], nodes)));
    await Promise.all(hosts.map((ns, i) => startReflector(ns, i + 1)));
    await Promise.all(nodes.map((node) => node.established()));
    await eventually('every node has the routes of the others', async () => {
      before = await kernels();
      expect(before.map((routes) => routes.length)).toEqual(nodes.map(() => nodes.length - 1));
    });
    for (const from of nodes) pings.push(...nodes.filter((to) => to !== from).map((to) => ping(from, to)));
  });
  afterAll(() => lab.close());

  test('step 2: only the other reflector is connected', async () => {
    await connected(() => []);
  });

  test('step 3: one node has the reflectors beside the mesh', async () => {
    await apply(ONE_NODE!);
    await connected((node) => (node === nodes[0] ? ['mesh', 'reflectors'] : ['mesh']));
  });

  test('step 4: all nodes have each route from the mesh and from both reflectors', async () => {
    await apply(ALL_NODES!);
    await connected(() => ['mesh', 'reflectors']);
    for (const reflector of reflectors) {
      const [row] = await reflector.ask('explain', { prefix: '172.16.11.0/26', peer: nodes[1]!.ns.ipv4 });
      expect(row).toMatchObject({ advertised: true });
    }
  });

  test('step 5: without the mesh every node has each route from both reflectors', async () => {
    await apply(MESH_OFF!);
    await connected(() => ['reflectors']);
  });

  test('afterwards: a restart of one reflector changes no route', async () => {
    const [first] = reflectors;
    await first!.kill('SIGTERM');
    expect(await kernels()).toEqual(before);
    await first!.start(configurationOf(1));
    await connected(() => ['reflectors']);
  });

  test('the way back: the mesh first, then without the reflectors', async () => {
    await apply(MESH_ON!);
    await connected(() => ['mesh', 'reflectors']);
    resources.delete('BGPPeer reflector-1');
    resources.delete('BGPPeer reflector-2');
    await apply([]);
    await connected(() => ['mesh']);
  });

  test('no ping was lost all the time', async () => {
    await Promise.all(pings.map((one) => one.kill('SIGINT')));
    for (const one of pings) {
      const [, sent, received] = await waitFor(
        `${one.name} has printed its result`,
        () => /(\d+) packets transmitted, (\d+) received/.exec(one.log()) ?? [],
        (found) => found.length > 0,
      );
      expect([one.name, Number(sent) > 20]).toEqual([one.name, true]);
      // The last one may be under way when ping ends.
      expect([one.name, Number(sent) - Number(received) <= 1]).toEqual([one.name, true]);
    }
  });

  async function startReflector(ns: Namespace, number: number): Promise<void> {
    await ns.exec('ip', ['addr', 'add', `2001:db8:99::${number}/64`, 'dev', 'eth0', 'nodad']);
    const reflector = new Reflectord(ns.folder, ns);
    reflectors[number - 1] = reflector;
    await reflector.start(configurationOf(number));
  }

  async function apply(changed: readonly Resource[]): Promise<void> {
    for (const one of changed) resources.set(`${one.kind} ${one.metadata.name}`, one);
    await Promise.all(nodes.map((node) => node.configure([...resources.values()], nodes)));
  }

  /** Waits until every node has these sessions and routes from all of them, and no kernel route has changed. */
  async function connected(of: (node: CalicoNode) => ('mesh' | 'reflectors')[]): Promise<void> {
    await Promise.all(nodes.map((node) => node.established()));
    const atReflectors = nodes.filter((node) => of(node).includes('reflectors')).map(({ ns }) => ns.ipv4);
    for (const [i, reflector] of reflectors.entries()) {
      await waitFor(
        `reflector ${i + 1} has sessions with ${atReflectors.join(', ')} and the other one`,
        () => reflector.ask('show peers', {}),
        (peers) => {
          const up = peers.filter(({ state }) => state === 'Established').map(({ address }) => address);
          return up.sort().join() === [...atReflectors, `10.99.0.${2 - i}`].sort().join();
        },
      );
    }
    for (const node of nodes) {
      for (const other of nodes.filter((one) => one !== node)) await learned(node, other, of(node), of(other));
    }
    expect(await kernels()).toEqual(before);
  }

  async function learned(node: CalicoNode, from: CalicoNode, own: readonly string[], others: readonly string[]) {
    const mesh = own.includes('mesh') ? [`Mesh_${from.ns.ipv4.replaceAll('.', '_')}`] : [];
    const both =
      own.includes('reflectors') && others.includes('reflectors') ? ['Node_10_99_0_1', 'Node_10_99_0_2'] : [];
    if (own.length === 0) return;
    await eventually(
      `${node.ns.name} has the routes of ${from.ns.name} from ${[...mesh, ...both].join(', ')}`,
      async () => {
        expect([...new Set(await node.sources(from.pod))]).toEqual([...mesh, ...both]);
      },
    );
  }

  function kernels(): Promise<string[][]> {
    return Promise.all(nodes.map((node) => node.routes()));
  }

  function ping(from: CalicoNode, to: CalicoNode): Background {
    const { program, env } = daemon('ping');
    const args = ['-n', '-q', '-i', '0.1', '-I', from.pod, to.pod];
    return from.ns.spawn(`ping ${to.ns.name}`, program('bin/ping'), args, env);
  }
});
