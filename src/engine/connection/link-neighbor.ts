/**
 * The neighbor of a peer on an interface: which router there is dialed, and the events about it. Unused for a peer
 * without an interface.
 */

import { formatAddress, sameAddress } from '../../lib/ip.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { Core, Reporting } from '../ports/core.ts';
import type { LinkNeighbors, LinkWatch } from '../ports/ports.ts';

/** The state before the first report. */
const UNKNOWN: LinkNeighbors = { up: true, routers: [], problem: null };

/** With the default connect-retry time this is some seconds. */
const MISSED_BEFORE_TOLD = 2;

/** The owner: the connections to a peer. */
export interface LinkUser {
  readonly name: string;
  readonly spec: PeerSpec;
  /** A new router to dial was found. */
  onNeighborFound(): void;
  /** The interface went down. */
  onLinkDown(): void;
}

export class LinkNeighbor {
  private known: LinkNeighbors = UNKNOWN;
  /** Index of the router that is dialed next. */
  private turn = 0;
  private watch: LinkWatch | null = null;
  /** How often there was no router to dial. */
  private missed = 0;
  private readonly core: Reporting & Pick<Core, 'neighbors'>;
  private readonly user: LinkUser;

  constructor(core: Reporting & Pick<Core, 'neighbors'>, user: LinkUser) {
    this.core = core;
    this.user = user;
  }

  /** Starts the discovery, if the peer is configured by its interface. */
  begin(): void {
    const { interfaceName } = this.user.spec;
    if (interfaceName === null || this.watch !== null) return;
    this.watch = this.core.neighbors?.watch(interfaceName, (found) => this.onChange(found)) ?? null;
  }

  end(): void {
    this.watch?.close();
    this.watch = null;
    this.known = UNKNOWN;
  }

  /** The session is established or lost: without one, Router Advertisements are sent more often. */
  hurry(on: boolean): void {
    this.watch?.hurry(on);
  }

  /** The address to dial; null: no router was found. */
  get address(): Uint8Array | null {
    const { spec } = this.user;
    if (spec.interfaceName === null) return spec.address;
    if (!this.known.up) return null;
    if (spec.fixedAddress) return spec.address;
    const { routers } = this.known;
    return routers[this.turn % Math.max(routers.length, 1)] ?? null;
  }

  /** The dialed router did not answer: select the next of several. */
  rotate(): void {
    this.turn++;
  }

  /** Why there is no router to dial, in words for the operator; null: there is one, or the peer has no interface. */
  get problem(): string | null {
    const { interfaceName } = this.user.spec;
    if (interfaceName === null) return null;
    const { up, problem } = this.known;
    if (!up) return `${interfaceName} is down or does not exist`;
    if (problem !== null) return problem;
    if (this.address !== null) return null;
    return `no router was found on ${interfaceName}: the neighbor must send IPv6 Router Advertisements there, or connect to us`;
  }

  /** There was no router to dial. At first it may not be discovered yet; later this is reported, once. */
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
    if (!found.up || (newest === undefined && !this.user.spec.fixedAddress)) return;
    const isNew = !before.up || (newest !== undefined && !before.routers.some((one) => sameAddress(one, newest)));
    if (!isNew) return;
    this.turn = 0;
    this.missed = 0;
    this.reportFound(routers);
    this.user.onNeighborFound();
  }

  private reportFound(routers: readonly Uint8Array[]): void {
    const { name, spec } = this.user;
    if (spec.fixedAddress || spec.interfaceName === null || routers.length === 0) return;
    const addresses = routers.map((router) => formatAddress(router));
    if (routers.length === 1)
      this.core.events.emit({
        name: 'peer.neighbor-found',
        peer: name,
        address: addresses[0]!,
        interface: spec.interfaceName,
      });
    else
      this.core.events.emit({ name: 'peer.neighbors-several', peer: name, addresses, interface: spec.interfaceName });
  }
}
