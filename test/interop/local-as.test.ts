/** `local-as` toward two FRR and a BIRD that know the reflector by its old AS number, and an FRR that knows the new one. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { bird2Host } from '../lab/hosts/bird.ts';
import { frrHost, frrSwitch } from '../lab/hosts/frr.ts';
import type { BgpHost } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const OLD = 4_200_000_999;
const [SITE, BIRD, OTHER] = [65101, 65102, 65103];
const [FROM_SITE, FROM_BIRD, FROM_OTHER, FROM_HOST] = ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24'];

jest.setTimeout(90_000);

describeAsRoot(['frr', 'bird2'], 'an AS number of its own toward a peer', () => {
  const lab = new Lab();
  let center: Namespace;
  let daemon: Reflectord;
  let site: BgpHost;
  let bird: BgpHost;
  let other: BgpHost;
  let host: BgpHost;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    daemon = new Reflectord(center.folder, center);
    const [a, b, c, d] = await Promise.all([2, 3, 4, 5].map((id) => lab.host(`h${id}`, id)));
    const common = (ns: Namespace, as: number, neighborAs: number, prefix: string) => {
      return { ns, as, routerId: ns.ipv4, neighbors: [center], neighborAs, prefixes: { [prefix]: {} } };
    };
    site = frrSwitch(common(a!, SITE, OLD, FROM_SITE));
    bird = bird2Host(common(b!, BIRD, OLD, FROM_BIRD));
    other = frrSwitch(common(c!, OTHER, AS, FROM_OTHER));
    host = frrHost(common(d!, AS, AS, FROM_HOST));
    const hosts = [site, bird, other, host];
    await Promise.all([daemon.start(configuration(OLD)), ...hosts.map((one) => one.start())]);
    await Promise.all(hosts.map((one) => one.established()));
  });
  afterAll(() => lab.close());

  // interop: local-as: bird2, frr
  test('stands in front of what comes from there and of what goes there', async () => {
    await has(site, { [FROM_BIRD]: [OLD, AS, OLD, BIRD], [FROM_OTHER]: [OLD, AS, OTHER], [FROM_HOST]: [OLD, AS] });
    await has(bird, { [FROM_SITE]: [OLD, AS, OLD, SITE], [FROM_OTHER]: [OLD, AS, OTHER], [FROM_HOST]: [OLD, AS] });
    await has(other, { [FROM_SITE]: [AS, OLD, SITE], [FROM_BIRD]: [AS, OLD, BIRD], [FROM_HOST]: [AS] });
    await has(host, { [FROM_SITE]: [OLD, SITE], [FROM_BIRD]: [OLD, BIRD], [FROM_OTHER]: [OTHER] });
  });

  test('stands there alone after a reload, which resets those sessions and no others', async () => {
    const setting = { as: OLD, 'no-prepend': true, 'replace-as': true };
    writeFileSync(daemon.configuration, stringify(configuration(setting)));
    await daemon.commandLine('reload');
    await has(site, { [FROM_BIRD]: [OLD, BIRD], [FROM_OTHER]: [OLD, OTHER], [FROM_HOST]: [OLD] });
    await has(bird, { [FROM_SITE]: [OLD, SITE], [FROM_OTHER]: [OLD, OTHER], [FROM_HOST]: [OLD] });
    await has(other, { [FROM_SITE]: [AS, SITE], [FROM_BIRD]: [AS, BIRD], [FROM_HOST]: [AS] });
    await has(host, { [FROM_SITE]: [SITE], [FROM_BIRD]: [BIRD], [FROM_OTHER]: [OTHER] });
    const peers = await daemon.ask('show peers', {});
    const dropped = (address: string) => peers.find((peer) => peer.address === address)?.dropped;
    expect([site, bird, other, host].map(({ ns }) => dropped(ns.ipv4))).toEqual([1, 1, 0, 0]);
    const [shown] = await daemon.ask('show peer', { peer: site.ns.ipv4 });
    expect(shown).toMatchObject({ localAs: OLD, localAsUse: { routerAs: AS, prepend: false, replace: true } });
  });

  function configuration(localAs: unknown): object {
    const common = { import: 'accept', export: 'accept', 'connect-retry-time': 1 };
    const sessions = [site, bird, other, host].flatMap(({ ns, as }) => [
      { address: ns.ipv4, as, group: as === SITE || as === BIRD ? 'old' : 'new' },
      { address: ns.ipv6, as, group: as === SITE || as === BIRD ? 'old' : 'new' },
    ]);
    return {
      router: { as: AS, id: center.ipv4 },
      groups: {
        old: { ...common, 'local-as': localAs },
        new: common,
      },
      peers: sessions,
      control: { socket: daemon.socket },
    };
  }

  async function has(at: BgpHost, expected: Readonly<Record<string, readonly number[]>>): Promise<void> {
    await eventually(`${at.name} has the paths that it should`, async () => {
      const own = [FROM_SITE, FROM_BIRD, FROM_OTHER, FROM_HOST].filter((prefix) => prefix in expected);
      const learned = (await at.routes()).filter(({ prefix }) => own.includes(prefix));
      expect(Object.fromEntries(learned.map(({ prefix, asPath }) => [prefix, asPath]))).toEqual(expected);
    });
  }
});
