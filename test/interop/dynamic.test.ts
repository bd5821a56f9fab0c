/** Five thousand hosts of one range, over TCP on loopback: all are up, hear a route, and are forgotten. */
import * as bgp from '../lab/bgp-bytes.ts';
import { LoopbackReflector } from '../lab/loopback.ts';
import type { Speaker } from '../lab/speaker.ts';
import { waitFor } from '../lab/wait-for.ts';

const COUNT = 5_000;
const AT_ONCE = 250;
/** What a peer may cost the daemon, with its sockets and buffers. */
const BYTES_PER_PEER = 40_000;

jest.setTimeout(180_000);

let reflector: LoopbackReflector;

beforeAll(async () => {
  reflector = await LoopbackReflector.start();
}, 60_000);
afterAll(() => reflector?.stop());

test('serves five thousand dynamic peers at once, at a bounded cost for each', async () => {
  const before = await residentBytes();
  const hosts: Speaker[] = [];
  for (let from = 0; from < COUNT; from += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => from + i);
    hosts.push(...(await Promise.all(some.map((n) => reflector.establish(addressOf(n), { routerId: routerIdOf(n) })))));
  }
  const [status] = await reflector.daemon.ask('status', {});
  expect(status?.peersEstablished).toBe(COUNT);
  const perPeer = ((await residentBytes()) - before) / COUNT;
  process.stderr.write(`  ${COUNT} dynamic peers: ${Math.round(perPeer)} bytes of resident memory for each\n`);
  expect(perPeer).toBeLessThan(BYTES_PER_PEER);

  hosts[0]!.send(bgp.announce('192.0.2.9', '198.18.0.0/24'));
  await waitFor(
    'all others have heard the route',
    () => hosts.filter((host) => host.routes.has('198.18.0.0/24')).length,
    (heard) => heard === COUNT - 1,
    60_000,
  );
  for (const host of hosts) host.destroy();
  await waitFor(
    'no session is left',
    async () => (await reflector.daemon.ask('status', {}))[0]?.peersEstablished,
    (established) => established === 0,
    60_000,
  );
});

function addressOf(n: number): string {
  return `127.0.${10 + (n >> 8)}.${n & 255}`;
}

function routerIdOf(n: number): string {
  return `10.7.${n >> 8}.${n & 255}`;
}

async function residentBytes(): Promise<number> {
  const [memory] = await reflector.daemon.ask('show memory', {});
  return memory!.rssBytes;
}
