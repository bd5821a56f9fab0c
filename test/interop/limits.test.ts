/** Hosts that announce more than they may, and what each daemon makes of it (RFC 4271 6.7, RFC 4486). */
import type { PeerView } from '../../src/engine/api/peer-views.ts';
import { bird2Host } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import type { BgpHost, HostOptions } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';

const AS = 65000;
const LIMIT = 3;
const NAMES = ['bird2', 'frr', 'gobgp'] as const;

type Name = (typeof NAMES)[number];

const KINDS: Readonly<Record<Name, (options: HostOptions) => BgpHost>> = {
  bird2: bird2Host,
  frr: frrHost,
  gobgp: gobgpHost,
};

/** What each says when it receives Cease / Maximum Number of Prefixes Reached. */
const HEARD: Readonly<Record<Name, RegExp>> = {
  bird2: /Received: Maximum number of prefixes reached/,
  frr: /NOTIFICATION: received from neighbor \S+ 6\/1 \(Cease\/Maximum Number of Prefixes Reached\)/,
  gobgp: /Code[=:" ]+6[\s\S]{0,80}Subcode[=:" ]+1\b/,
};

jest.setTimeout(120_000);

describeAsRoot(['bird2', 'frr', 'gobgp'], 'hosts with a limit of prefixes', () => {
  const lab = new Lab();
  const hosts = new Map<Name, BgpHost>();
  let daemon: Reflectord;
  let listener: BgpHost;

  beforeAll(async () => {
    const center = await lab.host('reflector', 1);
    const places = await Promise.all([...NAMES, 'listener'].map((name, i) => lab.host(name, i + 2)));
    daemon = new Reflectord(center.folder, center);
    const options = (ns: Namespace, i: number, prefixes: readonly string[]): HostOptions => ({
      ns,
      as: AS,
      routerId: `10.0.0.${i + 2}`,
      neighbors: [center],
      neighborAs: AS,
      prefixes: Object.fromEntries(prefixes.map((prefix) => [prefix, { localPref: 100 }])),
    });
    NAMES.forEach((name, i) => {
      const prefixes = Array.from({ length: LIMIT }, (_, n) => prefixOf(name, n));
      hosts.set(name, KINDS[name](options(places[i]!, i, prefixes)));
    });
    listener = bird2Host(options(places[NAMES.length]!, NAMES.length, []));
    await daemon.start(configuration(places[NAMES.indexOf('gobgp')]!, 'restart'));
    await Promise.all([...hosts.values(), listener].map((host) => host.start()));
    await Promise.all([...hosts.values(), listener].map((host) => host.established()));
  });
  afterAll(() => lab.close());

  test.each(NAMES)('%s may announce as many as the limit says', async (name) => {
    await heard(name, [0, 1, 2]);
  });

  // interop: max-prefix: bird2, frr, gobgp
  test.each(NAMES)(
    '%s receives the reason when its session is closed, and is accepted again once it advertises less',
    async (name) => {
      const host = hosts.get(name)!;
      await host.announce(prefixOf(name, LIMIT), { localPref: 100 });
      await waitFor(
        'the reflector has ended the session',
        () => peerOf(name),
        (peer) =>
          peer.lastDown?.includes('Cease / Maximum Number of Prefixes Reached (ipv4-unicast, limit 3)') === true,
      );
      await waitFor(
        `${name} was told why`,
        () => host.ns.processes.map((one) => one.log()).join('\n'),
        (log) => HEARD[name].test(log),
      );
      await host.withdraw(prefixOf(name, LIMIT));
      await waitFor(
        'the session is back',
        () => peerOf(name),
        (peer) => peer.state === 'Established' && peer.heldDown === null,
        60_000,
      );
      await heard(name, [0, 1, 2]);
    },
  );

  test.each(NAMES)(
    '%s keeps its session where further prefixes are kept out, and is asked for them later',
    async (name) => {
      const host = hosts.get(name)!;
      await daemon.kill('SIGTERM');
      await daemon.ended();
      await daemon.start(configuration(hosts.get('gobgp')!.ns, 'block'));
      await host.established();
      await heard(name, [0, 1, 2]);
      await host.announce(prefixOf(name, LIMIT), { localPref: 100 });
      await waitFor(
        'the prefix is kept out',
        () => peerOf(name),
        ({ families }) => families.some(({ maxPrefix }) => maxPrefix?.level === 'over' && maxPrefix.blocked > 0),
      );
      await host.withdraw(prefixOf(name, 0));
      await heard(name, [1, 2, 3]);
      await host.announce(prefixOf(name, 0), { localPref: 100 });
      await host.withdraw(prefixOf(name, LIMIT));
      const { established } = await peerOf(name);
      expect(established).toBe(1);
    },
  );

  function peerOf(name: Name): Promise<PeerView> {
    const { ns } = hosts.get(name)!;
    const peer = name === 'gobgp' ? ns.ipv6 : ns.ipv4;
    return daemon.ask('show peer', { peer }).then(([view]) => view!);
  }

  /** Waits until the listener has just these prefixes of a host. */
  function heard(name: Name, numbers: readonly number[]): Promise<unknown> {
    const expected = numbers.map((n) => prefixOf(name, n)).sort();
    return waitFor(
      `what ${name} may announce is known`,
      async () =>
        (await listener.routes())
          .map(({ prefix }) => prefix)
          .filter((prefix) => isOf(name, prefix))
          .sort(),
      (prefixes) => JSON.stringify(prefixes) === JSON.stringify(expected),
      60_000,
    );
  }
});

function isOf(name: Name, prefix: string): boolean {
  return prefix.startsWith(`10.${NAMES.indexOf(name) + 1}.`);
}

function prefixOf(name: Name, n: number): string {
  return `10.${NAMES.indexOf(name) + 1}.${n}.0/24`;
}

function configuration(gobgp: Namespace, action: string): object {
  return {
    router: { as: AS, id: '10.99.0.1' },
    groups: {
      hosts: {
        as: 'internal',
        'route-reflector-client': true,
        'connect-retry-time': 1,
        'graceful-restart': { mode: 'off' },
        // FRR 8.4 answers no refresh before it has sent End-of-RIB where RFC 7313 is agreed on, and without graceful restart
        // it never sends that.
        'enhanced-route-refresh': false,
        'max-prefix': { limit: LIMIT, action, 'restart-time': 1 },
        dynamic: [{ range: '10.99.0.0/16' }, { range: 'fd99::/64' }],
      },
    },
    peers: [{ address: gobgp.ipv6, group: 'hosts' }],
  };
}
