/**
 * Random policies in the subset that ours has in common with BIRD filters, and in part with route-maps of FRR, on the same
 * routes: all accept the same routes and make the same attributes of them.
 */
import fc from 'fast-check';
import { describeAsRoot, describeWithDaemons } from '../lab/requirements.ts';
import { BirdFilters } from '../policy/bird-filters.ts';
import { FrrRouteMaps } from '../policy/frr-route-maps.ts';
import { type Accepted, ImportLab, policiesOf } from '../policy/lab.ts';
import { commonPolicy, type Policy, policy, ROUTES } from '../policy/random-policies.ts';

jest.setTimeout(120_000);

/** With BIRD, and with both: bgpd reads the route-maps of many peers slowly. */
const POLICIES = 150;
const COMMON = 24;

/** What ours accepts. */
function acceptedByUs({ ours }: Policy): Accepted[] {
  const lab = new ImportLab(policiesOf(ours), ['in']);
  for (const route of ROUTES) lab.announceText(route);
  return lab.accepted();
}

/** In one order, with the policy for the message of a difference. */
function table(written: string, routes: readonly Accepted[]): unknown {
  return { written, routes: [...routes].sort((a, b) => (a.prefix < b.prefix ? -1 : 1)) };
}

describeWithDaemons(['bird2'], 'policies beside BIRD filters', () => {
  const policies = fc.sample(policy, POLICIES);
  const bird = new BirdFilters();
  beforeAll(() => bird.start(policies));
  afterAll(() => bird.stop());

  test(`${POLICIES} random policies make the same of ${ROUTES.length} routes`, async () => {
    let compared = 0;
    for (const [at, one] of policies.entries()) {
      const accepted = acceptedByUs(one);
      compared += accepted.length;
      expect(table(one.bird, accepted)).toEqual(table(one.bird, await bird.accepted(at)));
    }
    expect(compared).toBeGreaterThan(POLICIES);
  });
});

describeAsRoot(['bird2', 'frr'], 'policies beside BIRD filters and route-maps of FRR', () => {
  const policies = fc.sample(commonPolicy, COMMON);
  const bird = new BirdFilters();
  const frr = new FrrRouteMaps();
  beforeAll(() => Promise.all([bird.start(policies), frr.start(policies)]));
  afterAll(() => Promise.all([bird.stop(), frr.stop()]));

  // interop: policy: bird2, frr
  test(`${COMMON} random policies make the same tables in three daemons`, async () => {
    const routes = await frr.accepted();
    let compared = 0;
    for (const [at, one] of policies.entries()) {
      const accepted = acceptedByUs(one);
      compared += accepted.length;
      expect(table(one.bird, accepted)).toEqual(table(one.bird, await bird.accepted(at)));
      const written = frr.routeMapOf(at);
      expect(table(written, accepted)).toEqual(table(written, routes.get(at) ?? []));
    }
    expect(compared).toBeGreaterThan(COMMON);
  });
});
