/**
 * How many paths of one prefix are held of a peer with ADD-PATH (RFC 7911). What is beyond that is not held, and the
 * session stays (RFC 4271 6.7 a). Once a path of such a prefix goes, the peer is asked for its routes.
 */

import { NO_LIMIT } from '../../rib/peers/peers.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Core } from '../ports/core.ts';
import type { LimitedSession } from './limited-session.ts';

export class PathLimit {
  /** By family id: the operator knows. */
  private readonly told = new Uint8Array(FAMILIES.length);
  private readonly core: Core;
  private readonly peerName: string;
  private readonly session: LimitedSession;

  constructor(core: Core, peerName: string, session: LimitedSession) {
    this.core = core;
    this.peerName = peerName;
    this.session = session;
    // What the session before was refused comes again by itself.
    for (const { id } of FAMILIES) this.forget(id);
  }

  /** Puts a limit in force; true when there may be room now for what was refused. */
  adopt({ maxPathsPerPrefix = null }: PeerSettings): boolean {
    const { ribPeer } = this.session;
    const before = ribPeer.maxPathsPerPrefix;
    ribPeer.maxPathsPerPrefix = maxPathsPerPrefix ?? NO_LIMIT;
    if (ribPeer.maxPathsPerPrefix <= before) return false;
    for (const { id } of FAMILIES) if (ribPeer.pathsRefused[id] > 0) ribPeer.pathsFreed[id] = 1;
    return this.hasRoom;
  }

  /** Whether paths were refused, and are worth looking after. */
  get hasRefused(): boolean {
    return this.session.negotiated.addPathReceive.some((family) => this.session.ribPeer.pathsRefused[family] > 0);
  }

  /** Whether some of what was refused would be held now. */
  get hasRoom(): boolean {
    return this.session.negotiated.addPathReceive.some((family) => this.session.ribPeer.pathsFreed[family] !== 0);
  }

  /** Tells the operator of paths that were refused, once until the peer is asked for them. */
  tell(): void {
    const { ribPeer, negotiated } = this.session;
    for (const family of negotiated.addPathReceive) {
      if (ribPeer.pathsRefused[family] === 0 || this.told[family] !== 0) continue;
      this.told[family] = 1;
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

  /** Asks for the routes of families in which there is room. */
  askAgain(ask: (family: FamilyId) => boolean): void {
    for (const family of this.session.negotiated.addPathReceive) {
      if (this.session.ribPeer.pathsFreed[family] !== 0 && ask(family)) this.forget(family);
    }
  }

  private forget(family: FamilyId): void {
    const { ribPeer } = this.session;
    ribPeer.pathsRefused[family] = 0;
    ribPeer.pathsFreed[family] = 0;
    this.told[family] = 0;
  }
}

const REMEDY = 'raise `max-paths-per-prefix` here, or let the peer send fewer paths of a prefix';
const NO_REFRESH = 'without route refresh there, paths that were refused come only after `reflectord reset`';
