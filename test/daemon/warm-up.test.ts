import { warmUp } from '../../src/daemon/start/warm-up.ts';
import { RealClock } from '../../src/io/loop/loop.ts';
import { knownFamilyNamed } from '../../src/wire/families/catalog.ts';
import { useFamily } from '../../src/wire/families.ts';

test('advertises what a scratch client announces, changes and withdraws to three others, in both families', async () => {
  // One round at least. 2 families x 100 UPDATEs of more than 80 octets, announced, changed and (shorter) withdrawn.
  expect(await warmUp(new RealClock(), () => false, 1)).toBeGreaterThan(3 * 2 * 100 * (80 + 80 + 40));
});

test('ends at the next step when the daemon is asked to stop', async () => {
  let steps = 0;
  const octets = await warmUp(new RealClock(), () => ++steps > 2);
  // Two UPDATE streams of one family: announced and changed.
  expect(octets).toBeLessThan(3 * 2 * 100 * 200);
});

test('has VPN and EVPN routes as well once their families are in use', async () => {
  const octets = () => warmUp(new RealClock(), () => false, 1);
  const before = await octets();
  for (const name of ['l3vpn-ipv4-unicast', 'l2vpn-evpn']) useFamily(knownFamilyNamed(name)!);
  // 600 routes of at least 15 octets in each, announced, changed and withdrawn, to three others.
  expect(await octets()).toBeGreaterThan(before + 3 * 2 * 3 * 600 * 15);
});
