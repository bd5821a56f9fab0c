/** Prefixes to which no unicast packets are routed (RFC 4271 6.3): kept and shown, unusable, and never advertised. */
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { announce } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const ODD = ['224.0.0.0/4', '239.1.1.0/24', 'ff02::/16', 'ff00::/8', 'fe80::/10', 'fe80::1/128'];
const SOUND = [
  '0.0.0.0/0',
  '192.0.0.0/3',
  '223.255.0.0/16',
  '240.0.0.0/4',
  '::/0',
  'fe00::/9',
  'fec0::/10',
  'fd00::/8',
];

function scene() {
  const world = new World();
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const send = (prefix: string) => {
    a.send(announce([prefix], { localPref: 100, nextHop: prefix.includes(':') ? '2001:db8::1' : '10.0.0.1' }));
    world.settle();
  };
  return { world, a, b, send };
}

test.each(ODD)('%s is unusable, with the reason; the session stays', (prefix) => {
  const { world, a, b, send } = scene();
  send(prefix);
  expect([a.notification, b.prefixes]).toEqual([null, []]);
  const [view] = [...viewRib(world.engine, {})];
  expect(view?.paths[0]?.unusable).toContain('a multicast or link-local prefix');
  world.engine.revalidatePaths();
  world.settle();
  expect(b.prefixes).toEqual([]);
});

test.each(SOUND)('%s is used', (prefix) => {
  const { b, send } = scene();
  send(prefix);
  expect(b.prefixes).toEqual([prefix]);
});
