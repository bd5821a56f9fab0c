/**
 * A switch of another AS behind a router: out of reach with the TTL of a neighbor, in reach with `multihop`.
 *
 *   reflector ── router ── FRR (all on one LAN, but routed over the middle)
 */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { PeerView } from '../../src/engine/api/peer-views.ts';
import { frrSwitch } from '../lab/hosts/frr.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';

const AS = 65000;
const SWITCH_AS = 65100;

jest.setTimeout(90_000);

describeAsRoot(['frr'], 'a peer of another AS two hops away', () => {
  const lab = new Lab();
  let center: Namespace;
  let leaf: Namespace;
  let daemon: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    const router = await lab.host('router', 20);
    leaf = await lab.host('switch', 21);
    await router.exec('sh', [
      '-c',
      'for one in all eth0; do echo 0 > /proc/sys/net/ipv4/conf/$one/send_redirects; done',
    ]);
    await center.exec('ip', ['route', 'add', `${leaf.ipv4}/32`, 'via', router.ipv4]);
    await leaf.exec('ip', ['route', 'add', `${center.ipv4}/32`, 'via', router.ipv4]);
    daemon = new Reflectord(center.folder, center);
    await daemon.start(configuration({}));
    const neighbors = { neighbors: [center], neighborAs: AS, multihop: 2 };
    await frrSwitch({ ns: leaf, as: SWITCH_AS, routerId: '10.0.0.21', ...neighbors }).start();
  });
  afterAll(() => lab.close());

  function configuration(settings: object): object {
    const peer = { address: leaf.ipv4, as: SWITCH_AS, families: ['ipv4-unicast'], import: 'accept', export: 'accept' };
    return {
      router: { as: AS, id: center.ipv4 },
      peers: [{ ...peer, 'connect-retry-time': 1, 'idle-hold-time': 0, 'hold-time': 9, ...settings }],
      fib: { mode: 'off' },
      log: { level: 'debug' },
      control: { socket: daemon.socket },
    };
  }

  async function peer(): Promise<PeerView> {
    return (await daemon.ask('show peers', {}))[0]!;
  }

  test('is not reached as a neighbor, and the log says what it needs', async () => {
    await waitFor(
      'the dial has failed',
      () => daemon.log(),
      (log) => /"peer.connect-failed".*EHOSTUNREACH: packets are sent with a TTL of 1;.*needs `multihop`/.test(log),
    );
    expect((await peer()).transport).toMatchObject({ ttl: 1, minTtl: null });
  });

  // interop: multihop: frr
  test('comes up once `multihop` gives packets enough TTL, without another start', async () => {
    writeFileSync(daemon.configuration, stringify(configuration({ multihop: 2 })));
    await daemon.ask('reload', {});
    const { transport } = await waitFor('the session is up', peer, ({ state }) => state === 'Established');
    expect(transport.ttl).toBe(2);
  });

  test('is too far for a TTL security of one hop', async () => {
    writeFileSync(daemon.configuration, stringify(configuration({ 'ttl-security': 1 })));
    await daemon.ask('reload', {});
    await waitFor('nothing arrives within the hold time', peer, ({ state }) => state !== 'Established');
  });
});
