/** What is true of a run at each moment: what was announced and by whom, and what each client has to hold. */
import type { Rules } from './client.ts';
import type { Family, Path } from './decoder.ts';
import { type Attributes, PREFIXES } from './events.ts';
import { type Candidate, GRACEFUL_SHUTDOWN, heldBy, LLGR_STALE, onItsWay } from './expected.ts';
import type { Peer } from './peer.ts';
import type { Reflector, Settings, Speaker } from './topology.ts';

export class Truth {
  /** Number of the event that happens. */
  now = 0;
  /** Since all was at rest, settings have changed, or a speaker has read slowly. */
  isMoving = false;
  /** All paths that were announced since all was at rest, by prefix. */
  private readonly history = new Map<string, Map<string, Candidate>>();
  /** Number of the last event that concerned a prefix, and all of them. */
  private readonly touched = new Map<string, number>();
  private touchedAll = 0;
  /** Number of the event at which all was at rest. */
  private restedAt = 0;
  private readonly peers: readonly Peer[];
  /** Of each speaker and route, what `history` has of it already. */
  private readonly remembered = new Map<string, Attributes>();
  private readonly us: Reflector;

  constructor(peers: readonly Peer[], us: Reflector) {
    this.peers = peers;
    this.us = us;
  }

  touch(prefix: string): void {
    this.touched.set(prefix, this.now);
  }

  touchAll(): void {
    this.touchedAll = this.now;
  }

  private isTouched(prefix: string, since: number): boolean {
    return Math.max(this.touchedAll, this.touched.get(prefix) ?? 0) > since;
  }

  /** Whether a speaker, not another reflector, announces the path: what reflectors change of it does not matter. */
  isAlive(prefix: string, path: string): boolean {
    const bare = ({ communities, ...one }: Path) => {
      const marks = communities.filter((each) => each !== GRACEFUL_SHUTDOWN);
      return JSON.stringify({ ...one, marks, originatorId: 0, clusterList: [], localPref: 0, nextHop: '' });
    };
    const wanted = bare(JSON.parse(path) as Path);
    const speakers = this.peers.filter(({ speaker }) => !speaker.isReflector);
    return speakers
      .flatMap((each) => each.candidates(prefix))
      .some((candidate) => {
        const to = this.peers.find(({ speaker }) => speaker.isReflector) as Peer;
        return bare(onItsWay(candidate, to.speaker, ({ at }) => this.peers[at]!.settings, prefix)) === wanted;
      });
  }

  /** All is at rest: what was before can not arrive any more. */
  startAgain(): void {
    this.history.clear();
    this.remembered.clear();
    for (const peer of this.peers) {
      peer.variants = [peer.settings];
      this.remember(peer);
    }
    this.isMoving = false;
    this.restedAt = this.now;
  }

  remember({ speaker, routes }: Peer): void {
    for (const [key, sent] of routes) {
      const id = `${speaker.at} ${key}`;
      if (this.remembered.get(id) === sent) continue;
      this.remembered.set(id, sent);
      const prefix = key.split(' ')[0] as string;
      const known = this.history.get(prefix) ?? new Map<string, Candidate>();
      this.history.set(prefix, known);
      const marked = { ...sent, communities: [...(sent.communities ?? []), LLGR_STALE] };
      for (const one of speaker.restart === 'long-lived' ? [sent, marked] : [sent]) {
        known.set(`${speaker.at} ${JSON.stringify(one)}`, { from: speaker, pathId: 0, sent: one });
      }
    }
  }

  expected(peer: Peer, prefix: string): Path[] {
    const candidates = this.peers.flatMap((each) => each.candidates(prefix));
    const settingsOf = ({ at }: Speaker) => this.peers[at]!.settings;
    const chosen = heldBy(peer.speaker, candidates, settingsOf, prefix, this.us);
    return chosen.map((path) => onItsWay(path, peer.speaker, settingsOf, prefix));
  }

  rulesOf(peer: Peer): Rules {
    const now = () => this.now;
    const restedAt = () => this.restedAt;
    const isMoving = () => this.isMoving;
    const limitOf = ({ select, limit }: Settings) => (select === 'paths' && peer.speaker.readsPaths ? limit : 1);
    return {
      sourcesOf: (prefix, path) => this.sourcesOf(peer, prefix, path),
      isOriginated: (prefix) =>
        [...(this.history.get(prefix)?.values() ?? [])].some(({ sent }) => sent.originatorId === peer.speaker.routerId),
      isExpected: (prefix, since) => {
        return !this.isTouched(prefix, since) && this.expected(peer, prefix).length > 0;
      },
      get now() {
        return now();
      },
      checkInitial: (family) => this.checkInitial(peer, family),
      get limit() {
        return Math.max(...peer.variants.map(limitOf));
      },
      // While drained, all LOCAL_PREF are the same: a change of it is not visible. A session that begins is sent a
      // snapshot, which may have what changes meanwhile in its newer state, and then the changes.
      get mayRepeat() {
        const hasBegun = peer.session === null || peer.session.since > restedAt();
        return isMoving() || hasBegun || peer.settings.draining === true;
      },
    };
  }

  private sourcesOf(to: Peer, prefix: string, path: string): number {
    const sources = new Set<Peer>();
    for (const candidate of this.history.get(prefix)?.values() ?? []) {
      const from = this.peers[candidate.from.at] as Peer;
      if (from === to || sources.has(from)) continue;
      const isMade = from.variants.some((ofSource) =>
        to.variants.some((ofReceiver) => {
          const settingsOf = (one: Speaker) => (one === to.speaker ? ofReceiver : ofSource);
          return JSON.stringify(onItsWay(candidate, to.speaker, settingsOf, prefix)) === path;
        }),
      );
      if (isMade) sources.add(from);
    }
    return sources.size;
  }

  /** RFC 4724 4.1: End-of-RIB follows all that was there when the session began. */
  private checkInitial(peer: Peer, family: Family): void {
    if (peer.session === null) return;
    const { client, since } = peer.session;
    for (const prefix of PREFIXES) {
      if (prefix.includes(':') !== (family === 'ipv6') || this.isTouched(prefix, since)) continue;
      const count = this.expected(peer, prefix).length;
      if (client.countOf(prefix) !== count) {
        client.fail(`End-of-RIB with ${client.countOf(prefix)} paths of ${prefix} instead of ${count}`);
      }
    }
  }
}
