/**
 * The far end of a simulated session: opens it, keeps received routes prefix by prefix, and fails the test when the
 * stream breaks a rule (a message cut in two, a route of its own sent back).
 */

import { formatAddress, formatIpv4 } from '../../src/lib/ip.ts';
import { toHex } from '../../src/wire/bytes.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { FAMILIES, type FamilyId, familyOf, IPV4_UNICAST, MAX_FAMILIES } from '../../src/wire/families.ts';
import { NlriReader } from '../../src/wire/update/nlri.ts';
import { describeAttributes } from '../../src/wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { KEEPALIVE, open } from '../lab/updates.ts';
import type { SimConnection, World } from './world.ts';
import { OUR_AS } from './world.ts';

export interface Held extends ReturnType<typeof describeAttributes> {
  readonly nextHop: string;
  /** Payload of the NLRI in hexadecimal, if it has one. */
  readonly payload?: string;
}

/** What the far end saw, in its order: prefixes with `-` in front are withdrawn. */
export class SimPeer {
  readonly world: World;
  readonly address: string;
  readonly routerId: number;
  readonly as: number;
  connection: SimConnection;
  /** Messages received, by type. */
  readonly counts = [0, 0, 0, 0, 0, 0];
  readonly history: string[] = [];
  /** Octets of each UPDATE received. */
  readonly lengths: number[] = [];
  readonly held = new Map<string, Held>();
  notification: { code: number; subcode: number; data: Uint8Array } | null = null;
  /** The OPEN that it was sent. */
  open: Uint8Array | null = null;
  as4 = true;
  /** It reads ADD-PATH identifiers: what it holds is then keyed by `prefix #identifier`. */
  addPath = false;
  /** Longest message that it takes. */
  longest = 4096;
  /** It has offered IPv6 next hops for IPv4 prefixes (RFC 8950). */
  extendedNextHop = false;
  private tail = new Uint8Array(0);

  /** @param dialed the connection that the engine dialed, where it is not this side that connects */
  constructor(world: World, address: string, routerId: number, as = OUR_AS, dialed: SimConnection | null = null) {
    this.world = world;
    this.address = address;
    this.routerId = routerId;
    this.as = as;
    this.connection = dialed === null ? this.connect() : this.attach(dialed);
  }

  /** Connects and exchanges OPEN and KEEPALIVE. */
  static up(world: World, address: string, routerId: number, as = OUR_AS): SimPeer {
    const peer = new SimPeer(world, address, routerId, as);
    peer.establish();
    return peer;
  }

  connect(): SimConnection {
    return this.attach(this.world.connect(this.address));
  }

  private attach(connection: SimConnection): SimConnection {
    this.tail = new Uint8Array(0);
    connection.onBytes = (bytes) => this.receive(bytes);
    this.connection = connection;
    return connection;
  }

  establish(openMessage: Uint8Array = open(this.as, this.routerId)): void {
    this.send(openMessage, KEEPALIVE);
    this.world.settle();
  }

  send(...messages: Uint8Array[]): void {
    for (const message of messages) this.connection.deliver(message);
  }

  /** Closes and comes back. */
  flap(): void {
    this.connection.lose();
    this.world.settle();
    this.held.clear();
    this.connect();
    this.establish();
  }

  /** Prefixes held, sorted. */
  get prefixes(): string[] {
    return [...this.held.keys()].sort();
  }

  private receive(bytes: Uint8Array): void {
    const all = new Uint8Array(this.tail.length + bytes.length);
    all.set(this.tail);
    all.set(bytes, this.tail.length);
    let at = 0;
    while (all.length - at >= 19) {
      const length = (all[at + 16] << 8) | all[at + 17];
      if (length < 19 || length > this.longest) throw new Error(`length ${length}`);
      if (all.length - at < length) break;
      this.onMessage(all.slice(at, at + length));
      at += length;
    }
    this.tail = all.slice(at);
  }

  private onMessage(message: Uint8Array): void {
    const type = message[18];
    this.counts[type]++;
    if (type === 1) this.open = message;
    if (type === 3) this.notification = { code: message[19], subcode: message[20], data: message.slice(21) };
    if (type === 4) this.history.push('KEEPALIVE');
    if (type === 5) {
      const family = familyOf((message[19] << 8) | message[20], message[22]);
      this.history.push(`${['RR', 'BoRR', 'EoRR'][message[21]]} ${family?.name}`);
    }
    if (type === 2) {
      this.lengths.push(message.length);
      this.onUpdate(message);
    }
  }

  private onUpdate(message: Uint8Array): void {
    const context: UpdateContext = {
      as4: this.as4,
      ebgp: this.as !== OUR_AS,
      addPath: new Uint8Array(MAX_FAMILIES).fill(this.addPath ? 1 : 0),
      families: new Uint8Array(MAX_FAMILIES).fill(1),
      extendedNextHop: this.extendedNextHop,
    };
    const view = new UpdateView();
    if (scanUpdate(message, 0, message.length, context, view) !== 0) throw new Error('the UPDATE is malformed');
    if (view.isEndOfRib >= 0) this.history.push(`EOR ${FAMILIES[view.isEndOfRib].name}`);
    this.withdraw(message, view.withdrawnStart, view.withdrawnEnd, IPV4_UNICAST);
    const lost = familyOf(view.unreachAfi, view.unreachSafi)?.id;
    if (view.unreachPresent && lost !== undefined) {
      this.withdraw(message, view.unreachNlriStart, view.unreachNlriEnd, lost);
    }
    const described = describeAttributes(message, view.attributesStart, view.attributesEnd);
    const others = described.others.filter(({ code }) => code !== 14 && code !== 15);
    if (view.nextHopAttrStart >= 0) {
      const nextHop = formatAddress(message, view.nextHopAttrStart + 3, view.nextHopAttrEnd);
      this.announce(message, view.nlriStart, view.nlriEnd, IPV4_UNICAST, { ...described, others, nextHop });
    }
    if (view.reachPresent) {
      const { reachNextHopStart: start, reachNextHopLength: length } = view;
      const isAddress = length === 4 || length === 16;
      const nextHop = isAddress ? formatAddress(message, start, start + length) : toHex(message, start, start + length);
      const family = familyOf(view.reachAfi, view.reachSafi)!.id;
      this.announce(message, view.reachNlriStart, view.reachNlriEnd, family, { ...described, others, nextHop });
    }
  }

  private withdraw(message: Uint8Array, start: number, end: number, family: FamilyId): void {
    for (const [route] of readRoutes(message, start, end, family, this.addPath, true)) {
      this.history.push(`-${route}`);
      this.held.delete(route);
    }
  }

  private announce(message: Uint8Array, start: number, end: number, family: FamilyId, held: Held): void {
    for (const [route, payload] of readRoutes(message, start, end, family, this.addPath, false)) {
      this.history.push(route);
      this.held.set(route, payload === '' ? held : { ...held, payload });
    }
  }
}

/** Each route in words, and the payload of its NLRI in hexadecimal. */
function readRoutes(
  bytes: Uint8Array,
  start: number,
  end: number,
  family: FamilyId,
  addPath: boolean,
  withdrawn: boolean,
): [string, string][] {
  const reader = new NlriReader();
  const out: [string, string][] = [];
  reader.open(bytes, start, end, family, addPath, withdrawn);
  while (reader.next()) {
    const { parts, pathId } = reader;
    const payload = parts === null ? '' : toHex(parts.payload, 0, parts.payloadLength);
    out.push([`${routeText(reader, family)}${addPath ? ` #${pathId}` : ''}`, payload]);
  }
  return out;
}

function routeText(reader: NlriReader, family: FamilyId): string {
  const { word0, word1, word2, word3, prefixLength, parts } = reader;
  const { codec } = FAMILIES[family];
  if (codec !== null && parts !== null) return codec.format(parts.key.slice(0, parts.keyLength));
  if (family === IPV4_UNICAST) return `${formatIpv4(word0)}/${prefixLength}`;
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  [word0, word1, word2, word3].forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  return `${formatAddress(address)}/${prefixLength}`;
}
