/** `doctor`: what is wrong with the host, the daemon, and each session that is down, and who has to change what. */
import { readFileSync, statSync } from 'node:fs';
import { type HealthReport, sentencesOf } from '../../engine/api/health.ts';
import type { FindingView } from '../../engine/api/operator-commands.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { viewPeer } from '../../engine/show/peers.ts';
import { findPlaces, type PlaceAsked } from '../config-text/places.ts';
import { askedOf, configWorker } from '../config-text/values.ts';
import { checkHost } from './host-checks.ts';

/** What of the daemon it looks at. */
interface Patient {
  readonly engine: Engine;
  readonly configPath: string;
  /** The text of the configuration in force. */
  readonly configText: string;
  readonly options: { readonly program: string };
  health(): HealthReport;
}

/** A finding whose place in the configuration is not looked up yet. */
interface Triage {
  readonly finding: FindingView;
  readonly asked: PlaceAsked;
}

/** `undefined` stands for peers that are up. */
export async function* diagnose(patient: Patient): AsyncGenerator<FindingView | undefined> {
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
  let up = 0;
  const down: Triage[] = [];
  for (const peer of engine.peers.values()) {
    if (peer.session !== null) up++;
    else down.push(triage(peer, engine.clock.nowMs()));
    yield undefined;
  }
  const questions = down.map(({ asked }) => asked);
  const places = await findPlaces({ text: configText, path: configPath, questions }, () => configWorker(patient));
  for (const [index, { finding }] of down.entries()) yield { ...finding, place: places[index] ?? null };
  yield {
    severity: 'ok',
    subject: 'sessions',
    text: `${up} of ${engine.peers.size} established`,
    remedy: null,
    place: null,
  };
}

/** Why the session of a peer is down; the reason says which side has to change what. */
export function triage(peer: Peer, nowMs: number): Triage {
  const { obstacle, shutdown, heldDown, passive } = { ...viewPeer(peer, nowMs), passive: peer.spec.session.passive };
  const { description } = peer.spec;
  const subject = description === '' ? peer.name : `${peer.name} (${description})`;
  const found = (
    severity: FindingView['severity'],
    text: string,
    remedy: string | null,
    key: string | null,
  ): Triage => {
    return { finding: { severity, subject, text, remedy, place: null }, asked: { peer: askedOf(peer), key } };
  };
  if (peer.spec.shutdown && peer.disabled === null)
    return found('ok', 'shut down by the configuration', 'remove `shutdown: true` to enable it', 'shutdown');
  const reason = peer.transportProblem ?? heldDown?.reason ?? obstacle;
  if (reason !== null) {
    // A reason names keys of the configuration in backquotes if they may have to change.
    const key = /`([a-z][a-z-]*)/.exec(reason)?.[1] ?? null;
    return found(shutdown ? 'warning' : 'error', reason, null, key);
  }
  const waits = passive
    ? 'it has not connected, and this side does not dial it (`passive`, or a range)'
    : 'this side dials it, and there is no answer yet';
  const remedy = passive
    ? `at the peer: configure this router as a neighbor, and check the way to TCP port ${PORT} here`
    : `check that ${peer.name} is reachable, that BGP runs there on port ${peer.spec.port}, and that no filter is between`;
  return found('error', waits, remedy, null);
}

const PORT = 179;

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
