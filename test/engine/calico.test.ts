/** The example for a Calico cluster, as it is committed: what nodes get from it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { announce, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const AS = 64_512;
const CONFIG = join(__dirname, '..', '..', 'config', 'calico.yaml');

/** What BIRD 1.6 in a node offers: its one family, 4-octet AS numbers, and ADD-PATH both ways. */
function capabilities(afi: number): number[] {
  return [1, 4, 0, afi, 0, 1, 65, 4, 0, 0, AS >> 8, AS & 255, 69, 4, 0, afi, 1, 3];
}

function up(world: World, address: string, n: number): SimPeer {
  const node = new SimPeer(world, address, n, AS);
  node.addPath = true;
  node.establish(open(AS, n, { capabilities: capabilities(address.includes(':') ? 2 : 1) }));
  return node;
}

test.each([
  ['IPv4', '10.99.1.', '10.97.0.1/32'],
  ['IPv6', '2001:db8:99::1:', 'fd00:97::1/128'],
])('a node gets every next hop of a service, less its own (ECMP), over %s', (_, prefix, service) => {
  const result = load(readFileSync(CONFIG, 'utf8'), 'calico.yaml');
  if (!result.ok) throw new Error('the example is not right');
  const world = new World(resolve(result.config));
  const nodes = [1, 2, 3, 4].map((n) => up(world, `${prefix}${n}`, n));
  nodes.forEach((node, i) => {
    node.send(announce([`${service} #1`], { nextHop: `${prefix}${i + 1}`, localPref: 2_147_482_623 }));
  });
  world.settle();
  const hops = [...nodes[1].held.values()].map(({ nextHop }) => nextHop);
  expect(hops.sort()).toEqual([1, 3, 4].map((n) => `${prefix}${n}`));
});
