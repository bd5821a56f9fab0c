/**
 * Where the peer at the other end of an interface is: which of the routers there is dialed, and what the operator is told
 * of it. A peer without an interface has none of this.
 */

import { formatAddress, sameAddress } from '../../lib/ip.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { Core } from '../ports/core.ts';
import type { LinkNeighbors, LinkWatch } from '../ports/ports.ts';

/** What is known before anything was heard. */
const UNHEARD: LinkNeighbors = { up: true, routers: [], problem: null };

/** With the usual connect-retry time this is some seconds. */
const MISSED_BEFORE_TOLD = 2;

/** Whose peer it is. */
export interface LinkUser {
  readonly name: string;
  readonly spec: PeerSpec;
  /** There is somebody to dial who was not there before. */
  onNeighborFound(): void;
  /** Nothing can come or go by the interface. */
  onLinkDown(): void;
}

export class LinkNeighbor {
  private known: LinkNeighbors = UNHEARD;
  /** Which of several routers is dialed next. */
  private turn = 0;
  private watch: LinkWatch | null = null;
  /** How often nobody was there to be dialed. */
  private missed = 0;
  private readonly core: Core;
  private readonly user: LinkUser;

  constructor(core: Core, user: LinkUser) {
    this.core = core;
    this.user = user;
  }

  /** Begins to look, where the peer is known by its interface. */
  begin(): void {
    const { interfaceName } = this.user.spec;
    if (interfaceName === undefined || this.watch !== null) return;
    this.watch = this.core.neighbors?.watch(interfaceName, (found) => this.onChange(found)) ?? null;
  }

  end(): void {
    this.watch?.close();
    this.watch = null;
    this.known = UNHEARD;
  }

  /** A session is there, or lost: without one the neighbor is to hear of us soon. */
  hurry(on: boolean): void {
    this.watch?.hurry(on);
  }

  /** Whom to dial; null: nobody was found. */
  get address(): Uint8Array | null {
    const { spec } = this.user;
    if (spec.interfaceName === undefined) return spec.address;
    if (!this.known.up) return null;
    if (spec.fixedAddress === true) return spec.address;
    const { routers } = this.known;
    return routers[this.turn % Math.max(routers.length, 1)] ?? null;
  }

  /** The one that was dialed did not answer: where there are several, the next is tried. */
  rotate(): void {
    this.turn++;
  }

  /** Why there is nobody to dial, in words for the operator; null: there is somebody, or none is to be found. */
  get problem(): string | null {
    const { interfaceName } = this.user.spec;
    if (interfaceName === undefined) return null;
    const { up, problem } = this.known;
    if (!up) return `${interfaceName} is down, or not there`;
    if (problem !== null) return problem;
    if (this.address !== null) return null;
    return `no router was heard of on ${interfaceName}: the neighbor must send IPv6 Router Advertisements there, or connect to us`;
  }

  /** Nobody was there to be dialed. At first that may just not have been heard of yet; then it is told, once. */
  noteMissing(): void {
    const { problem } = this;
    if (problem === null || ++this.missed !== MISSED_BEFORE_TOLD) return;
    this.core.events.emit({ name: 'peer.neighbor-missing', peer: this.user.name, problem });
  }

  private onChange(found: LinkNeighbors): void {
    const before = this.known;
    this.known = found;
    if (before.up && !found.up) this.user.onLinkDown();
    if (found.problem !== null && found.problem !== before.problem) this.missed = MISSED_BEFORE_TOLD - 1;
    const { routers } = found;
    const newest = routers[0];
    if (!found.up || (newest === undefined && this.user.spec.fixedAddress !== true)) return;
    const isNew = !before.up || (newest !== undefined && !before.routers.some((one) => sameAddress(one, newest)));
    if (!isNew) return;
    this.turn = 0;
    this.missed = 0;
    this.reportFound(routers);
    this.user.onNeighborFound();
  }

  private reportFound(routers: readonly Uint8Array[]): void {
    const { name } = this.user;
    const interfaceName = this.user.spec.interfaceName ?? '';
    if (this.user.spec.fixedAddress === true || routers.length === 0) return;
    const addresses = routers.map((router) => formatAddress(router));
    if (routers.length === 1)
      this.core.events.emit({
        name: 'peer.neighbor-found',
        peer: name,
        address: addresses[0]!,
        interface: interfaceName,
      });
    else this.core.events.emit({ name: 'peer.neighbors-several', peer: name, addresses, interface: interfaceName });
  }
}
