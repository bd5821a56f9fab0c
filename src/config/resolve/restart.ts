/** Resolves graceful restart (RFC 4724) and long-lived graceful restart (RFC 9494), with the values of families. */
import type { GracefulRestartSpec, LongLivedSpec, LongLivedTimes } from '../../spec/session.ts';
import { FAMILIES } from '../../wire/families.ts';
import { LONG_LIVED_TIME, RESTART_TIME, STALE_TIME } from '../values/restart.ts';
import type { Effective, Subject } from './effective.ts';

type FamilyName = (typeof FAMILIES)[number]['name'];
type LongLivedSetting = Pick<NonNullable<Effective<'llgr'>>, 'time' | 'max-time'>;

export function restartSpec(subject: Subject): GracefulRestartSpec | null {
  const setting = subject.get('graceful-restart') ?? {};
  const { mode = 'full', time = RESTART_TIME, 'stale-time': staleTime = STALE_TIME } = setting;
  const modes = FAMILIES.map(({ name }) => setting.families?.[name]?.mode ?? mode);
  if (modes.every((each) => each === 'off')) return null;
  const families = perFamily(setting.families, ({ mode: own = mode, 'stale-time': stale = staleTime }) => ({
    full: own === 'full',
    helper: own !== 'off',
    staleMs: milliseconds(stale),
  }));
  const common = { full: mode === 'full', helper: mode !== 'off', staleMs: milliseconds(staleTime) };
  return { ...common, restartMs: milliseconds(time), families };
}

/** The values of individual families by their ids; empty without any. */
function perFamily<In, Out>(
  settings: { readonly [Name in FamilyName]?: In | undefined } | undefined,
  convert: (own: In) => Out,
): Readonly<Record<number, Out>> {
  if (settings === undefined) return {};
  const own = FAMILIES.flatMap(({ id, name }) => {
    const setting = settings[name];
    return setting === undefined ? [] : [[id, convert(setting)] as const];
  });
  return Object.fromEntries(own);
}

export function longLivedSpec(subject: Subject): LongLivedSpec | null {
  const setting = subject.get('llgr') ?? {};
  const times = (own: LongLivedSetting): LongLivedTimes => {
    const { time = setting.time ?? LONG_LIVED_TIME } = own;
    const { 'max-time': max = own.time ?? setting['max-time'] ?? time } = own;
    return { timeMs: milliseconds(time), maxMs: milliseconds(max) };
  };
  const spec: LongLivedSpec = { ...times(setting), families: perFamily(setting.families, times) };
  const all = [spec, ...Object.values(spec.families)];
  return all.every(({ timeMs, maxMs }) => timeMs === 0 && maxMs === 0) ? null : spec;
}

function milliseconds(seconds: number): number {
  return seconds * 1000;
}
