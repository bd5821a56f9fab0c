/**
 * The maximum number of paths of one prefix from a peer with ADD-PATH (RFC 7911). Further paths are rejected, and the
 * session stays (RFC 4271 6.7 a). After a path of such a prefix is withdrawn, the peer receives a route refresh
 * request.
 */

import { NO_LIMIT } from '../../rib/peers/peers.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { FAMILIES, type FamilyId, MAX_FAMILIES } from '../../wire/families.ts';
import type { Reporting, Tables } from '../ports/core.ts';
import type { LimitedSession } from './limited-session.ts';

export class PathLimit {
  /** By family id: an event was emitted. */
  private readonly reported = new Uint8Array(MAX_FAMILIES);
  private readonly core: Reporting & Tables;
  private readonly peerName: string;
  private readonly session: LimitedSession;

  constructor(core: Reporting & Tables, peerName: string, session: LimitedSession) {
    this.core = core;
    this.peerName = peerName;
    this.session = session;
    // The peer announces paths that were rejected in the previous session again.
    for (const { id } of FAMILIES) this.forget(id);
  }

  /** Sets a limit; true: there may be room now for rejected paths. */
  adopt({ maxPathsPerPrefix }: PeerSettings): boolean {
    const { ribPeer } = this.session;
    const before = ribPeer.maxPathsPerPrefix;
    ribPeer.maxPathsPerPrefix = maxPathsPerPrefix ?? NO_LIMIT;
    if (ribPeer.maxPathsPerPrefix <= before) return false;
    for (const { id } of FAMILIES) if (ribPeer.pathsRefused[id] > 0) ribPeer.pathsFreed[id] = 1;
    return this.hasRoom;
  }

  /** Whether paths were rejected. */
  get hasRefused(): boolean {
    return this.session.negotiated.addPathReceive.some((family) => this.session.ribPeer.pathsRefused[family] > 0);
  }

  /** Whether some of the rejected paths would be accepted now. */
  get hasRoom(): boolean {
    return this.session.negotiated.addPathReceive.some((family) => this.session.ribPeer.pathsFreed[family] !== 0);
  }

  /** Reports rejected paths, once until the next route refresh. */
  report(): void {
    const { ribPeer, negotiated } = this.session;
    for (const family of negotiated.addPathReceive) {
      if (ribPeer.pathsRefused[family] === 0 || this.reported[family] !== 0) continue;
      this.reported[family] = 1;
      const { prefixes } = this.core.rib.families[family];
      const prefix = ribPeer.refusedPrefix[family] as PrefixId;
      this.core.events.emit({
        name: 'peer.paths-refused',
        peer: this.peerName,
        family: FAMILIES[family].name,
        prefix: prefixes.isLive(prefix) ? prefixes.format(prefix) : 'a prefix',
        limit: ribPeer.maxPathsPerPrefix,
        remedy: negotiated.routeRefresh ? REMEDY : `${REMEDY}; ${NO_REFRESH}`,
      });
    }
  }

  /** Requests the routes of families with room. */
  askAgain(ask: (family: FamilyId) => boolean): void {
    for (const family of this.session.negotiated.addPathReceive) {
      if (this.session.ribPeer.pathsFreed[family] !== 0 && ask(family)) this.forget(family);
    }
  }

  private forget(family: FamilyId): void {
    const { ribPeer } = this.session;
    ribPeer.pathsRefused[family] = 0;
    ribPeer.pathsFreed[family] = 0;
    this.reported[family] = 0;
  }
}

const REMEDY = 'raise `max-paths-per-prefix` here, or let the peer send fewer paths per prefix';
const NO_REFRESH = 'the peer has no route refresh, so rejected paths are learned only after `reflectord reset`';
