/** `doctor`: what is wrong with the host, the daemon, and each session that is down, and who has to change what. */
import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { load } from '../../config/read/load.ts';
import { type HealthReport, sentencesOf } from '../../engine/api/health.ts';
import type { FindingView } from '../../engine/api/operator-commands.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { viewPeer } from '../../engine/show/peers.ts';
import { secretReader, textReader } from '../../io/system/secrets.ts';
import { isRowOf } from './config-values.ts';
import { checkHost } from './host-checks.ts';

/** What of the daemon it looks at. */
interface Patient {
  readonly engine: Engine;
  readonly configPath: string;
  /** The text of the configuration in force. */
  readonly configText: string;
  health(): HealthReport;
}

export function* diagnose(patient: Patient): Generator<FindingView> {
  const { engine, configPath, configText } = patient;
  yield* checkHost({
    spec: engine.spec,
    configPath,
    read: readText,
    mode: (path) => statSync(path, { throwIfNoEntry: false })?.mode ?? null,
    nowMs: engine.clock.wallMs(),
    rssBytes: process.memoryUsage().rss,
  });
  for (const cause of patient.health().causes) {
    const severity = cause.severity === 'failed' ? 'error' : 'warning';
    for (const text of sentencesOf(cause))
      yield { severity, subject: cause.cause, text, remedy: cause.remedy, place: null };
  }
  const places = new Places(configText, configPath);
  let up = 0;
  for (const peer of engine.peers.values()) {
    if (peer.session !== null) up++;
    else yield triage(peer, engine.clock.nowMs(), places);
  }
  yield {
    severity: 'ok',
    subject: 'sessions',
    text: `${up} of ${engine.peers.size} established`,
    remedy: null,
    place: null,
  };
}

/** Why the session of a peer is down; the reason says which side has to change what. */
export function triage(peer: Peer, nowMs: number, places: Places): FindingView {
  const { obstacle, shutdown, heldDown, passive } = { ...viewPeer(peer, nowMs), passive: peer.spec.session.passive };
  const { description } = peer.spec;
  const subject = description === '' ? peer.name : `${peer.name} (${description})`;
  if (peer.spec.shutdown && peer.disabled === null) {
    const place = places.of(peer, 'shutdown');
    return {
      severity: 'ok',
      subject,
      text: 'shut down by the configuration',
      remedy: 'remove `shutdown: true` to enable it',
      place,
    };
  }
  const reason = peer.transportProblem ?? heldDown?.reason ?? obstacle;
  if (reason !== null) {
    // A reason names keys of the configuration in backquotes if they may have to change.
    const key = /`([a-z][a-z-]*)/.exec(reason)?.[1] ?? null;
    return {
      severity: shutdown ? 'warning' : 'error',
      subject,
      text: reason,
      remedy: null,
      place: places.of(peer, key),
    };
  }
  const waits = passive
    ? 'it has not connected, and this side does not dial it (`passive`, or a range)'
    : 'this side dials it, and there is no answer yet';
  const remedy = passive
    ? `at the peer: configure this router as a neighbor, and check the way to TCP port ${PORT} here`
    : `check that ${peer.name} is reachable, that BGP runs there on port ${peer.spec.port}, and that no filter is between`;
  return { severity: 'error', subject, text: waits, remedy, place: places.of(peer, null) };
}

const PORT = 179;

/** Lines of the configuration that is in force. */
export class Places {
  private readonly path: string;
  private readonly located: Extract<ReturnType<typeof load>, { readonly ok: true }> | null;
  private readonly raw: Raw;

  constructor(text: string, path: string) {
    this.path = path;
    const loaded = load(text, path, secretReader(path), textReader(path));
    this.located = loaded.ok ? loaded : null;
    this.raw = loaded.ok ? (parse(text) as Raw) : {};
  }

  /** `file:line` of a key of the peer: there or in its group; of the peer, if neither has the key; null: it is not known. */
  of(peer: Peer, key: string | null): string | null {
    const index = (this.raw.peers ?? []).findIndex((row) => isRowOf(row, { name: peer.name, ...peer.spec }));
    const group = peer.spec.group;
    const own = ['peers', index] as const;
    const inherited = ['groups', group] as const;
    if (key !== null && index >= 0 && key in this.raw.peers![index]!) return this.lineOf([...own, key]);
    if (key !== null && key in (this.raw.groups?.[group] ?? {})) return this.lineOf([...inherited, key]);
    if (index >= 0) return this.lineOf([...own]);
    return this.raw.groups?.[group] === undefined ? null : this.lineOf([...inherited, 'dynamic']);
  }

  private lineOf(path: readonly (string | number)[]): string | null {
    const [found] = this.located?.locate([{ path, what: '', expected: '' }]) ?? [];
    return found === undefined ? null : `${this.path}:${found.line}`;
  }
}

/** The file before it is checked; only what `Places` needs. */
interface Raw {
  readonly peers?: readonly Readonly<Record<string, unknown>>[];
  readonly groups?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
