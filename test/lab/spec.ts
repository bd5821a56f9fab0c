/**
 * Specifications for tests: what the resolver makes of a configuration with the defaults of the schema. A new setting
 * needs no edit in tests. Only the settings below differ from the defaults.
 */
import { resolve } from '../../src/config/resolve/resolve.ts';
import { configSchema } from '../../src/config/schema/schema.ts';
import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import type { FibSpec } from '../../src/spec/fib.ts';
import type { DynamicRangeSpec, PeerSpec } from '../../src/spec/peer.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import type { GracefulRestartSpec, LongLivedSpec, SessionSpec } from '../../src/spec/session.ts';

export const OUR_AS = 65_000;
export const OUR_ID = 0x0a630001;

/** Without optional capabilities and limits: a test adds those that it is about. */
const BARE = {
  'graceful-restart': { mode: 'off' },
  llgr: { time: 0 },
  'enhanced-route-refresh': false,
  'extended-messages': false,
  'attribute-memory': 'none',
  'max-paths-per-prefix': 'none',
} as const;

const configured = resolve(
  configSchema.parse({
    router: { as: OUR_AS, id: '10.99.0.1', 'attribute-memory': 'none' },
    listen: [],
    metrics: 'none',
    groups: {
      hosts: {
        ...BARE,
        as: 'internal',
        'route-reflector-client': true,
        passive: true,
        dynamic: [{ range: '10.0.0.0/8', 'attempts-per-minute': 0 }],
      },
    },
    peers: [
      { ...BARE, address: '192.0.2.1', as: OUR_AS },
      { address: '192.0.2.2', as: OUR_AS },
    ],
  }),
);
const [internal, byDefault] = configured.peers as [PeerSpec, PeerSpec];
const [hosts] = configured.ranges as [DynamicRangeSpec];

/** A router without peers and ranges. */
export const ROUTER: RouterSpec = { ...configured, controlSocket: '/nowhere', peers: [], ranges: [] };
/** A range that accepts all of 10/8 as clients. */
export const CLIENTS: DynamicRangeSpec = hosts;
/** A configured internal peer at 192.0.2.1. */
export const PEER: PeerSpec = internal;

/** What of a session differs; of a mapping only what is named. */
export type SessionOver = Partial<Omit<SessionSpec, 'gracefulRestart' | 'longLived'>> & {
  readonly gracefulRestart?: Partial<GracefulRestartSpec> | null | undefined;
  readonly longLived?: Partial<LongLivedSpec> | null | undefined;
};

export function sessionWith(base: SessionSpec, over: SessionOver): SessionSpec {
  const { gracefulRestart = base.gracefulRestart, longLived = base.longLived, ...rest } = over;
  return {
    ...base,
    ...rest,
    gracefulRestart: gracefulRestart === null ? null : restartWith(gracefulRestart),
    longLived: longLived === null ? null : { ...byDefault.session.longLived!, ...longLived },
  };
}

export function restartWith(over: Partial<GracefulRestartSpec>): GracefulRestartSpec {
  return { ...byDefault.session.gracefulRestart!, ...over };
}

/** The exchange of routes over a session. */
export function exchangeWith(base: ExchangeSpec, session: SessionSpec, over: Partial<ExchangeSpec>): ExchangeSpec {
  const { remoteAs, confederation, localAs } = session;
  const isInternal =
    remoteAs.kind === 'list' ? remoteAs.list.every((as) => as === localAs) : remoteAs.kind === 'internal';
  return {
    ...base,
    aigp: isInternal || confederation,
    prefixSid: isInternal || confederation,
    flowspecValidation: !isInternal && !confederation,
    ...over,
  };
}

export function fibWith(over: Partial<FibSpec>): FibSpec {
  return { ...ROUTER.fib, ...over };
}
