/** One reflector in a world without sockets and real time, its speakers, and the model beside them. */
import { END_OF_RIB_6 } from '../engine/restarting.ts';
import { World } from '../engine/world.ts';
import { END_OF_RIB, message } from '../lab/updates.ts';
import { Client, Violation } from './client.ts';
import type { Family } from './decoder.ts';
import { type Attributes, type Event, type Loss, PREFIXES } from './events.ts';
import { byFamily, Peer, refreshMessage, type Session } from './peer.ts';
import { exchangeOf, routerOf } from './router.ts';
import { HOLD_DOWN_MS, OUR_ID, type Reflector, type Settings, type Speaker, type Topology } from './topology.ts';
import { Truth } from './truth.ts';

/** How far from the moment of a timer the model and the reflector may be. */
const TOLERANCE_MS = 15_000;

export class Simulation {
  readonly world: World;
  readonly peers: readonly Peer[];
  readonly truth: Truth;
  private readonly us: Reflector;
  private draining = false;
  /** Sessions that a limit has closed since all was at rest. */
  private exceeded: (Session & { readonly code: string })[] = [];

  /** @param us the reflector; @param speakers its peers */
  constructor(us: Reflector, speakers: readonly Speaker[], { settings, slowAfterBytes, hurried }: Topology) {
    this.us = us;
    const mine = speakers.map((_, at) => this.settingsHere(settings[at] as Settings));
    this.peers = speakers.map((speaker, at) => new Peer(speaker, mine[at] as Settings));
    this.truth = new Truth(this.peers, us);
    this.world = new World(routerOf(us, speakers, mine), { slowAfterBytes });
    if (hurried) this.world.tickMs = 6;
  }

  /** Settings of a peer as this reflector has them: its own cluster id in place of OUR_ID. */
  private settingsHere(settings: Settings): Settings {
    return settings.clusterId === OUR_ID ? { ...settings, clusterId: this.us.clusterId } : settings;
  }

  happen(event: Event): void {
    this.truth.now++;
    switch (event.do) {
      case 'turn':
        for (let left = event.times; left > 0; left--) this.world.turn();
        return;
      case 'drain':
        this.drain(event.on);
        return;
      case 'pass':
      case 'quiet':
        return;
    }
    const peer = this.peers[event.peer];
    if (peer === undefined) return;
    if (event.do === 'connect') {
      this.connect(peer);
      return;
    }
    if (event.do === 'settings') {
      this.configure(peer, this.settingsHere(event.settings));
      return;
    }
    const { session } = peer;
    if (session === null) return;
    // Nothing is put between what the other reflector sends, nor held back, before the session is established.
    if (peer.speaker.isReflector && session.client.endOfRibs.ipv4 === 0) return;
    switch (event.do) {
      case 'announce':
        this.announce(peer, session, event.prefixes, event.pathId, event.attributes, event.split);
        return;
      case 'withdraw':
        for (const prefix of event.prefixes) {
          peer.withdraw(peer.key(prefix, event.pathId));
          this.truth.touch(prefix);
        }
        this.send(session, peer.withdrawals(event), event.split);
        return;
      case 'copy':
        this.copy(peer, session, this.peers[event.of] as Peer, event.clusterList);
        return;
      case 'end-of-rib':
        this.endOfRib(peer, session);
        return;
      case 'lose':
        this.lose(peer, session, event.how);
        return;
      case 'refresh':
        session.client.requestRefresh(event.family);
        this.send(session, [refreshMessage(event.family, 0)], 0);
        return;
      case 'resend':
        this.resend(peer, session, event.family, event.keep);
        return;
      case 'stall':
        session.connection.reading = false;
        this.truth.isMoving = true;
        return;
      case 'read':
        session.connection.reading = true;
        session.connection.drain();
    }
  }

  private send({ connection }: Session, messages: readonly Uint8Array[], split: number): void {
    const all = Uint8Array.from(messages.flatMap((one) => [...one]));
    const size = split === 0 ? all.length : split;
    for (let at = 0; at < all.length; at += size) connection.deliver(all.slice(at, at + size));
  }

  private connect(peer: Peer): void {
    // The other reflector connects itself (`Pair`).
    if (peer.session !== null || peer.speaker.isReflector) return;
    // A timer that has come is not late by more than a second.
    if (this.world.nowMs < peer.heldDownMs + 1000) return;
    this.clear(peer);
    peer.holdings.up();
    this.send(this.open(peer), peer.opening(), 0);
  }

  /** A connection of a peer, and what it receives by it. */
  open(peer: Peer): Session {
    const { speaker, settings } = peer;
    const connection = this.world.connect(speaker.address);
    const terms = {
      addPath: speaker.readsPaths && settings.select === 'paths',
      external: speaker.isExternal,
      longest: speaker.extendedMessages ? 65_535 : 4096,
    };
    const client = new Client(speaker.address, speaker.routerId, terms, this.truth.rulesOf(peer));
    connection.onBytes = (bytes) => client.receive(bytes);
    peer.session = { connection, client, endOfRib: false, fresh: [new Set(), new Set()], since: this.truth.now };
    this.truth.touchAll();
    return peer.session;
  }

  private announce(
    peer: Peer,
    session: Session,
    prefixes: readonly string[],
    pathId: number,
    attributes: Attributes,
    split: number,
  ): void {
    const sent = peer.shape(attributes);
    for (const family of byFamily(prefixes)) {
      if (peer.session !== session) return;
      const excesses = family.filter((prefix) => peer.announce(peer.key(prefix, pathId), sent));
      for (const prefix of family) this.truth.touch(prefix);
      this.truth.remember(peer);
      // The last path of a message decides, and one of another family is behind it.
      if (excesses.length > 0) this.exceed(peer, session);
      this.send(session, peer.announcements(family, pathId, sent), split);
    }
  }

  /** RFC 4486 4: the session ends with Cease, Maximum Number of Prefixes Reached, for good (RFC 8538 3.1). */
  private exceed(peer: Peer, session: Session): void {
    this.clear(peer);
    this.truth.touchAll();
    const code = peer.isKeptAfter('notification') ? '6/9' : '6/1';
    peer.end(false, this.world.nowMs);
    peer.heldDownMs = this.world.nowMs + HOLD_DOWN_MS;
    // A client that does not read is not sent the NOTIFICATION.
    if (session.connection.reading) this.exceeded.push({ ...session, code });
  }

  private copy(peer: Peer, session: Session, of: Peer, clusterList: readonly number[]): void {
    if (peer === of || peer.speaker.isExternal || of.speaker.isExternal) return;
    for (const [key, sent] of of.routes) {
      const [prefix, pathId] = key.split(' #') as [string, string];
      const originatorId = sent.originatorId ?? of.speaker.routerId;
      this.announce(peer, session, [prefix], Number(pathId), { ...sent, originatorId, clusterList }, 0);
    }
  }

  /** All is sent that the speaker had to send after a restart. */
  private endOfRib(peer: Peer, session: Session): void {
    this.clear(peer);
    this.truth.touchAll();
    session.endOfRib = true;
    peer.holdings.endOfRib();
    this.send(session, [END_OF_RIB, END_OF_RIB_6], 0);
  }

  private lose(peer: Peer, session: Session, how: Loss): void {
    this.clear(peer);
    this.truth.touchAll();
    // A session that waits until the one before is removed has begun nothing that could be kept.
    const hasBegun = this.world.engine.peers.get(peer.speaker.address)?.session != null;
    peer.end(hasBegun && peer.isKeptAfter(how), this.world.nowMs);
    const { connection } = session;
    connection.onBytes = () => {};
    if (how === 'notification') connection.deliver(message(3, [6, 4]));
    if (how === 'hard-reset') connection.deliver(message(3, [6, 9, 6, 4]));
    if (how === 'malformed') connection.deliver(new Uint8Array(19));
    connection.lose(how === 'reset' ? 'ECONNRESET' : null);
  }

  /** RFC 7313 4: what is not sent again between BoRR and EoRR is gone, unless BoRR was too early. */
  private resend(peer: Peer, session: Session, family: Family, keep: number): void {
    const { speaker } = peer;
    if (!speaker.enhancedRefresh) return;
    const isRestarting = speaker.restart === 'graceful' || speaker.restart === 'long-lived';
    const counts = !isRestarting || session.endOfRib;
    const of = [...peer.routes].filter(([key]) => key.includes(':') === (family === 'ipv6'));
    this.send(session, [refreshMessage(family, 1)], 0);
    of.forEach(([key, sent], at) => {
      const [prefix, pathId] = key.split(' #') as [string, string];
      if (at % 4 >= keep) this.send(session, peer.announcements([prefix], Number(pathId), sent), 0);
      else if (counts) peer.withdraw(key);
      if (at % 4 >= keep) peer.announce(key, sent);
      this.truth.touch(prefix);
    });
    this.send(session, [refreshMessage(family, 2)], 0);
  }

  private drain(draining: boolean): void {
    this.truth.isMoving = true;
    this.truth.touchAll();
    this.draining = draining;
    for (const peer of this.peers) {
      peer.settings = { ...peer.settings, draining };
      peer.variants.push(peer.settings);
    }
    this.world.engine.drain(draining);
  }

  private configure(peer: Peer, settings: Settings): void {
    const live = this.world.engine.peers.get(peer.speaker.address);
    if (live === undefined) return;
    this.truth.isMoving = true;
    this.truth.touchAll();
    // Whether identifiers are sent is a matter of the OPEN: changing that resets the session.
    const isSameKind = (settings.select === 'paths') === (peer.settings.select === 'paths');
    const { select } = isSameKind ? settings : peer.settings;
    peer.settings = { ...settings, select, draining: this.draining };
    peer.variants.push(peer.settings);
    const exchange = { ...live.spec.exchange, ...exchangeOf(peer.settings, peer.speaker) };
    // As a reload does: groups and paths are looked at once, after the last change.
    const { engine } = this.world;
    const { reflector, revalidation } = engine;
    reflector.tasks.hold(true);
    revalidation.hold(true);
    live.reconfigure({ ...live.spec, exchange }, true);
    revalidation.hold(false);
    reflector.tasks.hold(false);
    engine.schedule();
  }

  pass(ms: number): void {
    this.world.pass(ms);
    for (const peer of this.peers) {
      // Only what is stale changes with time.
      if (peer.holdings.advance(this.world.nowMs)) this.truth.remember(peer);
    }
  }

  /** Lets time pass until nothing is about to become of stale routes that the clock of the test is too coarse for. */
  clear(...peers: readonly Peer[]): void {
    while (peers.some(({ holdings }) => holdings.isTurning(this.world.nowMs, TOLERANCE_MS))) this.pass(TOLERANCE_MS);
  }

  /** All speakers read until nothing is left to read. */
  read(): void {
    this.world.settle();
    for (const { session } of this.peers) {
      if (session === null) continue;
      session.connection.reading = true;
      session.connection.drain();
    }
    this.world.settle();
  }

  /** Each client holds what the model says. */
  judge(): void {
    for (const { client, connection, code } of this.exceeded) {
      if (client.notification !== code || !connection.closed) client.fail(`a limit ends with ${client.notification}`);
    }
    this.exceeded = [];
    for (const peer of this.peers) this.compare(peer);
    this.truth.startAgain();
  }

  private compare(peer: Peer): void {
    const { session, speaker } = peer;
    if (session === null) return;
    const { client } = session;
    if (client.notification !== null) throw new Violation(`${speaker.address}: closed with ${client.notification}`);
    if (!client.isOpen) throw new Violation(`${speaker.address}: no OPEN`);
    peer.variants = [peer.settings];
    client.checkAtRest();
    const held = client.table();
    for (const prefix of PREFIXES) {
      const expected = this.truth.expected(peer, prefix).map((path) => JSON.stringify(path));
      const got = held.get(prefix) ?? [];
      if (expected.sort().join('\n') === got.join('\n')) continue;
      client.fail(`${prefix} is\n  ${got.join('\n  ')}\nand must be\n  ${expected.join('\n  ')}`);
    }
  }
}
