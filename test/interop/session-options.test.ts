/** Extended messages, enhanced route refresh, words to operators and draining, between the reflector and BIRD 2 and FRR. */
import { bird2Host } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import type { BgpHost } from '../lab/hosts/host.ts';
import { ReflectordReflector } from '../lab/hosts/reflectord.ts';
import { Lab } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';

const AS = 65000;
const LONG = '10.7.0.0/16';
const SHORT = '10.8.0.0/16';
/** More octets than a message of RFC 4271 has room for. */
const MANY = Array.from({ length: 1_500 }, (_, i) => `65000:${i}`);

jest.setTimeout(60_000);

describeAsRoot(['bird2', 'frr'], 'options of a session', () => {
  const lab = new Lab();
  let middle: ReflectordReflector;
  let source: BgpHost;
  let extended: BgpHost;
  let plain: BgpHost;
  let frr: BgpHost;

  beforeAll(async () => {
    const [center, first, second, third, fourth] = await Promise.all(
      ['reflector', 'source', 'extended', 'plain', 'frr'].map((name, i) => lab.host(name, i + 1)),
    );
    const common = { as: AS, neighbors: [center!], neighborAs: AS };
    const router = { ns: center!, as: AS, routerId: center!.ipv4, clusterId: center!.ipv4 };
    middle = new ReflectordReflector({ ...router, switches: [], dialed: [], others: [] });
    const prefixes = { [LONG]: { communities: MANY }, [SHORT]: {} };
    source = bird2Host({ ...common, ns: first!, routerId: '10.0.0.2', prefixes, extendedMessages: true });
    extended = bird2Host({ ...common, ns: second!, routerId: '10.0.0.3', extendedMessages: true });
    plain = bird2Host({ ...common, ns: third!, routerId: '10.0.0.4' });
    frr = frrHost({ ...common, ns: fourth!, routerId: '10.0.0.5' });
    await Promise.all([middle, source, extended, plain, frr].map((one) => one.start()));
    await Promise.all([source, extended, plain, frr].map((one) => one.established()));
  }, 60_000);
  afterAll(() => lab.close());

  async function learned(host: BgpHost): Promise<string[]> {
    return (await host.routes()).map(({ prefix }) => prefix).sort();
  }

  // interop: extended messages: bird2, frr
  test('carry a route whose attributes need a long message to those that take one, and to no other', async () => {
    await eventually('the hosts that take long messages have both routes, the plain one the short one', async () => {
      expect(await learned(extended)).toEqual([LONG, SHORT]);
      expect(await learned(frr)).toEqual([LONG, SHORT]);
      expect(await learned(plain)).toEqual([SHORT]);
    });
    const [view] = await middle.daemon.ask('show peer', { peer: extended.ns.ipv4 });
    const names = view?.capabilitiesReceived.map(({ name }) => name).join(' ');
    expect(names).toMatch(/extended.message/i);
    expect(names).toMatch(/enhanced.*refresh/i);
  });

  // interop: refresh: bird2
  test('refresh in both directions without losing a route', async () => {
    await middle.daemon.commandLine('refresh', source.ns.ipv4);
    await extended.refresh?.();
    await eventually('all is as it was', async () => {
      expect(await learned(extended)).toEqual([LONG, SHORT]);
      const peers = await middle.daemon.ask('show peers', {});
      const stale = peers.flatMap(({ families }) => families.map((family) => family.stale));
      expect(stale.filter((count) => count > 0)).toEqual([]);
      expect(peers.map(({ established }) => established)).toEqual(peers.map(() => 1));
    });
  });

  // interop: drain: bird2, frr
  test('let routes be the last resort while the router drains', async () => {
    await middle.daemon.commandLine('drain');
    await eventually('BIRD and FRR see GRACEFUL_SHUTDOWN and LOCAL_PREF 0', async () => {
      for (const host of [extended, plain, frr]) {
        const route = (await host.routes()).find(({ prefix }) => prefix === SHORT);
        expect(route?.localPref).toBe(0);
        expect(route?.communities.join()).toMatch(/65535:0|graceful/i);
      }
    });
    await middle.daemon.commandLine('undrain');
    await eventually('it is as before', async () => {
      expect((await extended.routes()).find(({ prefix }) => prefix === SHORT)?.localPref).toBe(100);
    });
  });

  // interop: shutdown message: bird2, frr
  test('show the operator of the other side why a session ends', async () => {
    await middle.daemon.commandLine('reset', source.ns.ipv4, '--message', 'new line card');
    await waitFor(
      'BIRD has logged the words',
      () => source.ns.processes.map((one) => one.log()).join(''),
      (text) => text.includes('new line card'),
    );
    await source.established();
  });
});
