/** Which causes hold in which state of the daemon, and what that does to its status and readiness. */
import { healthProbes, type Watched } from '../../src/daemon/health/health.ts';
import { CAUSE_NAMES, CAUSES, type CauseName, MAX_DETAILS, reportHealth } from '../../src/engine/api/health.ts';
import { CONFIRM_MS } from '../../src/engine/watch/cluster-watch.ts';
import type { PrefixLimit } from '../../src/spec/limits.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { OUR_ID, peerSpec, range, router, World } from '../engine/world.ts';
import { announce, KEEPALIVE } from '../lab/updates.ts';

const SHUTDOWN: PrefixLimit = { limit: 1, warnAt: 1, action: 'shutdown', restartMs: 60_000, of: 'received' };
const COUNTS = { wanted: 9, installed: 5, adopted: 0, failed: 0, conflicts: 0, pending: 0 };
const quiet = () => new World(router({ ranges: [range()] }));

function report(world: World, over: Partial<Watched> = {}) {
  const watched: Watched = {
    engine: world.engine,
    fib: { problems: () => [], counts: () => [['ipv4-unicast', COUNTS]] },
    isControlOpen: true,
    listening: 1,
    listenProblems: [],
    keyProblems: [],
    httpProblems: [],
    logProblem: null,
    historyProblem: null,
    disabledProblem: null,
    unconfirmedSeconds: null,
    undone: null,
    rejected: null,
    reloadFailures: [],
    restartPending: [],
    ...over,
  };
  return reportHealth(healthProbes(watched));
}

function disabled(): World {
  const world = quiet();
  world.engine.disabled.add({ name: '10.0.0.1', atMs: 0, by: 'uid 0, pid 7', message: '' });
  return world;
}

/** A host of a range whose routes go over a limit. */
function overLimit(action: PrefixLimit['action'], count = 1): World {
  const limits = { inbound: [{ ...SHUTDOWN, action }, null], outbound: [null, null] };
  const world = new World(router({ ranges: [range({ limits })] }));
  for (let n = 1; n <= count; n++) {
    const peer = SimPeer.up(world, `10.0.0.${n}`, n);
    peer.send(announce([`20.${n}.1.0/24`, `20.${n}.2.0/24`], { localPref: 100 }));
  }
  world.settle();
  return world;
}

const fib = (over: Partial<typeof COUNTS>, problems: string[] = []): Partial<Watched> => ({
  fib: { problems: () => problems, counts: () => [['ipv4-unicast', { ...COUNTS, ...over }]] },
});

function stopped(): World {
  const world = quiet();
  world.engine.stop(false);
  return world;
}

function drained(): World {
  const world = overLimit('warn');
  world.engine.peers.get('10.0.0.1')?.drain(true);
  return world;
}

/** Another reflector with our cluster id has a route of a router that we have no session with. */
function sharedCluster(): World {
  const world = new World(router({ peers: [peerSpec('192.0.2.2', { exchange: { client: false } })] }));
  const other = SimPeer.up(world, '192.0.2.2', 0x0a63_0002);
  other.send(announce(['20.1.0.0/16'], { localPref: 100, originatorId: 77, clusterList: [OUR_ID] }));
  for (let i = 0; i < CONFIRM_MS / 1000 + 3; i++) {
    world.pass(1000);
    other.send(KEEPALIVE);
  }
  return world;
}

/** Per cause a daemon in which it holds, and words that its detail has. */
const CASES: Readonly<Record<CauseName, () => [ReturnType<typeof report>, RegExp]>> = {
  starting: () => [report(quiet(), { isControlOpen: false }), /control socket/],
  'start-deferred': () => [
    report(new World(router({ ranges: [range()] }), {}, ['10.0.0.7'])),
    /until 1 peer has sent its routes, at most 30 s: 10\.0\.0\.7/,
  ],
  'not-listening': () => [
    report(new World(router({ listen: [{ address: new Uint8Array(4), port: 179 }] })), { listening: 0 }),
    /no address/,
  ],
  stopping: () => [report(stopped()), /stopping/],
  'listen-failed': () => [report(quiet(), { listenProblems: ['cannot listen on 10.0.0.9:179'] }), /10\.0\.0\.9/],
  'key-failed': () => [report(quiet(), { keyProblems: [['10.0.0.0/8', 'no memory']] }), /10\.0\.0\.0\/8: no memory/],
  'config-unconfirmed': () => [report(quiet(), { unconfirmedSeconds: 59 }), /taken back in 59 s/],
  'config-undone': () => [report(quiet(), { undone: 'a.yaml still has the newer one' }), /a\.yaml/],
  'history-failed': () => [report(quiet(), { historyProblem: 'it cannot be written: ENOSPC' }), /ENOSPC/],
  'log-failed': () => [report(quiet(), { logProblem: 'the log cannot be written: ENOSPC' }), /ENOSPC/],
  'peer-transport': () => {
    const world = new World(router({ peers: [{ ...peerSpec('10.0.0.1'), description: 'leaf 1' }], ranges: [] }));
    world.engine.peers.get('10.0.0.1')?.fit.note('its key cannot be set');
    return [report(world), /10\.0\.0\.1 \(leaf 1\): its key cannot be set/];
  },
  'peer-held-down': () => [report(overLimit('shutdown')), /10\.0\.0\.1: .*more than 1 prefixes/],
  'prefix-limit': () => [report(overLimit('block')), /10\.0\.0\.1: more than 1 prefixes of ipv4-unicast .*1 blocked/],
  'shared-cluster': () => [report(sharedCluster()), /192\.0\.2\.2 sends 1 paths .*0\.0\.0\.77/],
  'kernel-unreachable': () => [report(quiet(), fib({}, ['no ip'])), /no ip/],
  'kernel-conflict': () => [report(quiet(), fib({ failed: 2, conflicts: 2 })), /2 ipv4-unicast routes/],
  'kernel-refused': () => [report(quiet(), fib({ failed: 2, conflicts: 1 })), /1 ipv4-unicast routes/],
  'metrics-failed': () => [report(quiet(), { httpProblems: ['no metrics on [::1]:9179'] }), /9179/],
  'config-rejected': () => [report(quiet(), { rejected: 'the file has errors' }), /errors; the previous/],
  'reload-incomplete': () => [report(quiet(), { reloadFailures: ['10.0.0.1: its key'] }), /key/],
  'restart-pending': () => [report(quiet(), { restartPending: ['fib.table'] }), /fib\.table/],
  'peer-disabled': () => [
    report(disabled()),
    /10\.0\.0\.1: disabled by a command \(uid 0, pid 7\).*enable 10\.0\.0\.1/,
  ],
  'disabled-unsaved': () => [report(quiet(), { disabledProblem: 'the list is not saved: ENOSPC' }), /ENOSPC/],
  draining: () => [report(drained()), /10\.0\.0\.1: is drained/],
};

test('a quiet daemon is healthy and ready, and no cause holds', () => {
  expect(report(quiet())).toEqual({ status: 'healthy', ready: true, causes: [] });
});

test.each(CAUSE_NAMES)('%s is found, named and weighed as the table says', (name) => {
  const [{ status, ready, causes }, words] = CASES[name]();
  const cause = causes.find((each) => each.cause === name);
  expect(cause?.details.join()).toMatch(words);
  const { severity, blocksReady, remedy } = CAUSES[name];
  expect(cause).toMatchObject({ severity, blocksReady, remedy });
  if (blocksReady) expect(ready).toBe(false);
  if (severity !== 'notice') expect(status).not.toBe('healthy');
});

test('a limit whose action is only to warn is a cause as well', () => {
  expect(report(overLimit('warn')).causes).toMatchObject([{ cause: 'prefix-limit', count: 1 }]);
});

test('a notice alone leaves the daemon healthy', () => {
  const world = quiet();
  SimPeer.up(world, '10.0.0.1', 1);
  world.engine.drain(true);
  expect(report(world)).toMatchObject({ status: 'healthy', ready: true, causes: [{ cause: 'draining', count: 1 }] });
});

test('a cause that concerns very many names some and counts all', () => {
  const [cause] = report(overLimit('shutdown', 30)).causes;
  expect([cause?.count, cause?.details.length]).toEqual([30, MAX_DETAILS]);
});
