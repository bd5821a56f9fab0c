/** What FRR makes of the AS numbers in our paths: two switches of one private AS, one of a public AS. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { frrSwitch } from '../lab/hosts/frr.ts';
import type { BgpHost } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const SITE = 65100;
const PUBLIC = 3333;

jest.setTimeout(90_000);

describeAsRoot(['frr'], 'AS numbers toward switches', () => {
  const lab = new Lab();
  const hosts: BgpHost[] = [];
  let center: Namespace;
  let daemon: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    daemon = new Reflectord(center.folder, center);
    for (const [at, as] of [SITE, SITE, PUBLIC].entries()) {
      const ns = await lab.host(`s${at}`, at + 2);
      const prefixes = { [prefixOf(at)]: {} };
      hosts.push(frrSwitch({ ns, as, routerId: `10.0.0.${at + 2}`, neighbors: [center], neighborAs: AS, prefixes }));
    }
    await Promise.all([daemon.start(configuration({})), ...hosts.map((host) => host.start())]);
    await Promise.all(hosts.map((host) => host.established()));
  });
  afterAll(() => lab.close());

  // interop: as-override: frr
  test('a site refuses what has its own AS number, and takes it with as-override; the sessions stay', async () => {
    await has(2, { [prefixOf(0)]: [AS, SITE], [prefixOf(1)]: [AS, SITE] });
    await has(0, { [prefixOf(2)]: [AS, PUBLIC] });
    await reload({ 'as-override': true });
    await has(0, { [prefixOf(1)]: [AS, AS], [prefixOf(2)]: [AS, PUBLIC] });
    await has(1, { [prefixOf(0)]: [AS, AS], [prefixOf(2)]: [AS, PUBLIC] });
  });

  test.each([
    [true, [AS], [AS, PUBLIC]],
    ['all', [AS], [AS, PUBLIC]],
    ['replace', [AS, AS], [AS, PUBLIC]],
  ])('remove-private-as: %s', async (value, fromSite, fromPublic) => {
    await reload({ 'remove-private-as': value });
    await has(2, { [prefixOf(0)]: fromSite, [prefixOf(1)]: fromSite });
    await has(0, { [prefixOf(2)]: fromPublic });
    const peers = await daemon.ask('show peers', {});
    expect(peers.map(({ established }) => established)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  function configuration(settings: object): object {
    const common = { import: 'accept', export: 'accept', 'connect-retry-time': 1, ...settings };
    const peers = hosts.flatMap(({ ns, as }) => [
      { address: ns.ipv4, as, group: 'switches', families: ['ipv4-unicast'] },
      { address: ns.ipv6, as, group: 'switches', families: ['ipv6-unicast'] },
    ]);
    return {
      router: { as: AS, id: center.ipv4 },
      groups: { switches: common },
      peers,
      control: { socket: daemon.socket },
    };
  }

  async function reload(settings: object): Promise<void> {
    writeFileSync(daemon.configuration, stringify(configuration(settings)));
    await daemon.commandLine('reload');
  }

  async function has(at: number, expected: Readonly<Record<string, readonly number[]>>): Promise<void> {
    await eventually(`switch ${at} has the paths that it should`, async () => {
      const learned = (await hosts[at]!.routes()).filter(({ prefix }) => prefix !== prefixOf(at));
      expect(Object.fromEntries(learned.map(({ prefix, asPath }) => [prefix, asPath]))).toEqual(expected);
    });
  }
});

function prefixOf(at: number): string {
  return `10.1.${at}.0/24`;
}
