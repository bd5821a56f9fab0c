/**
 * NLRI of every family with random faults, from a client and from a peer of another AS whose flow specifications are validated:
 * no session is reset, what is reflected is well-formed, and nothing is left when the peers are gone.
 */
import fc from 'fast-check';
import { KNOWN_FAMILIES } from '../../src/wire/families/catalog.ts';
import { useFamily } from '../../src/wire/families.ts';
import type { FamilyKind } from '../../src/wire/family.ts';
import { isQuick } from '../lab/effort.ts';
import { announce, announceIn, attribute, open, u16, withdraw, withdrawIn } from '../lab/updates.ts';
import { mutations } from '../wire/families/mutations.ts';
import { CODECS } from '../wire/families/samples.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const SITE = 65_001;
const TUNNEL = attribute(0xc0, 23, [0, 15, 0, 0]);
const TARGET = attribute(0xc0, 16, [0, 2, 0xfd, 0xe8, 0, 0, 0, 100]);
const KINDS = KNOWN_FAMILIES.filter(({ codec, name }) => codec !== null && name !== 'rt-constrain');
const nameOf = ({ codec }: FamilyKind) => Object.keys(CODECS).find((name) => CODECS[name] === codec)!;

function up(world: World, address: string, n: number, as: number, { afi, safi }: FamilyKind): SimPeer {
  const peer = new SimPeer(world, address, n, as);
  const families = [
    { afi: 1, safi: 1 },
    { afi, safi },
  ].flatMap((one) => [1, 4, ...u16(one.afi), 0, one.safi]);
  peer.establish(open(as, n, { capabilities: [...families, 2, 0, 65, 4, 0, 0, ...u16(as)] }));
  return peer;
}

test.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  const { id } = useFamily(kind);
  const families = [0, id] as (typeof id)[];
  const external = { client: false, flowspecValidation: true };
  const site = { session: { remoteAs: { kind: 'external' }, families }, exchange: external } as const;
  const nextHop = new Array<number>(kind.nextHop.octets?.[0] ?? 4).fill(0).fill(9, -1);
  const step = fc.record({
    nlri: mutations(nameOf(kind)),
    more: mutations(nameOf(kind)),
    fromSite: fc.boolean(),
    what: fc.constantFrom('announce', 'announce', 'announce', 'withdraw', 'unicast', 'no unicast'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const world = new World(
        router({ ranges: [range({ session: { families } })], peers: [peerSpec('192.0.2.1', site)] }),
      );
      const [client, other] = [up(world, '10.0.0.1', 1, OUR_AS, kind), up(world, '192.0.2.1', 2, SITE, kind)];
      const receiver = up(world, '10.0.0.2', 3, OUR_AS, kind);
      for (const { nlri, more, fromSite, what } of steps) {
        const peer = fromSite ? other : client;
        const route = { asPath: fromSite ? [SITE] : [], localPref: 100 };
        if (what === 'unicast') peer.send(announce(['0.0.0.0/0', '192.0.2.0/24'], route));
        else if (what === 'no unicast') peer.send(withdraw(['0.0.0.0/0']));
        else if (what === 'withdraw') peer.send(withdrawIn(kind, [...nlri]));
        else peer.send(announceIn(kind, [...nlri, ...more], nextHop, { ...route, extra: [TUNNEL, TARGET] }));
        world.settle();
      }
      expect([client.notification, other.notification, receiver.notification]).toEqual([null, null, null]);
      for (const peer of [client, other]) peer.connection.lose();
      world.pass(3000);
      expect(receiver.prefixes).toEqual([]);
      const { prefixes, paths } = world.engine.rib.families[id]!;
      expect([paths.count, prefixes.count]).toEqual([0, 0]);
    }),
    { numRuns: isQuick ? 3 : 40 },
  );
});
