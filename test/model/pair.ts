/**
 * A run: one reflector or two, which are peers of each other and have the same speakers. What one sends the other is
 * read from the wire between them: that is what the model of the other one starts from.
 */
import { Violation } from './client.ts';
import type { Path } from './decoder.ts';
import type { Attributes, Event } from './events.ts';
import { Simulation } from './simulation.ts';
import { FIRST, partner, type Topology } from './topology.ts';

/** Longer than a path stays advertised by a way that was lost, or that is not the best; for a chain of two. */
const REST_MS = 12_000;

export class Pair {
  private readonly reflectors: readonly Simulation[];
  /** Position of the other reflector among the peers of each. */
  private readonly other: number;
  /** Paths that were sent from one to the other, by their text. */
  private readonly sent = new Map<string, Attributes>();
  /** Bytes were sent from one to the other. */
  private hasMoved = false;

  constructor(topology: Topology) {
    const { speakers, second } = topology;
    this.other = speakers.length;
    const all = second === null ? [FIRST] : [FIRST, second];
    this.reflectors = all.map((us, at) => {
      const beside = all.length === 1 ? [] : [partner(this.other, all[1 - at]!)];
      return new Simulation(us, [...speakers, ...beside], topology);
    });
  }

  run(events: readonly Event[]): void {
    for (const event of events) this.happen(event);
    this.rest();
  }

  private happen(event: Event): void {
    const isBetween = 'peer' in event && event.peer === this.other;
    if (isBetween && event.do === 'connect') this.connect();
    else if (isBetween && event.do === 'lose') this.disconnect();
    // A reflector does by itself what else a speaker does.
    else if (isBetween && !['refresh', 'stall', 'read', 'settings'].includes(event.do)) return;
    else this.forEach('at' in event && event.at !== undefined ? event.at : null, (each) => each.happen(event));
    if (event.do === 'pass') this.pass(event.ms);
    if (event.do === 'quiet') this.rest();
  }

  private forEach(at: number | null, act: (each: Simulation) => void): void {
    this.reflectors.forEach((each, i) => {
      if (at === null || at % this.reflectors.length === i) act(each);
    });
  }

  private connect(): void {
    const peers = this.reflectors.map((each) => each.peers[this.other]!);
    if (peers.length < 2 || peers[0]!.session !== null) return;
    const sessions = this.reflectors.map((each, i) => each.open(peers[i]!));
    sessions.forEach(({ connection, client }, i) => {
      const [world, far] = [this.reflectors[1 - i]!.world, sessions[1 - i]!.connection];
      const receiver = this.reflectors[1 - i]!;
      connection.onBytes = (bytes) => {
        client.receive(bytes);
        this.hasMoved = true;
        receiver.truth.touchAll();
        receiver.truth.remember(peers[1 - i]!);
        world.later(() => far.deliver(bytes));
      };
      peers[1 - i]!.sends = () => new Map([...client.held].map(([key, path]) => [key, this.asSent(path)]));
    });
  }

  /** The attributes of a path that a reflector advertises, read once. */
  private asSent(text: string): Attributes {
    const known = this.sent.get(text) ?? asSent(text);
    this.sent.set(text, known);
    return known;
  }

  private disconnect(): void {
    for (const each of this.reflectors) {
      const peer = each.peers[this.other];
      if (peer === undefined || peer.session === null) continue;
      peer.session.connection.onBytes = () => {};
      peer.session.connection.lose();
      peer.session = null;
      peer.sends = () => new Map();
      each.truth.touchAll();
    }
  }

  private pass(ms: number): void {
    for (let left = ms; left > 0; ) {
      const step = this.reflectors.length === 1 ? left : Math.min(left, left > 20_000 ? 5000 : 200);
      for (const each of this.reflectors) each.pass(step);
      this.settle();
      left -= step;
    }
  }

  private settle(): void {
    do {
      this.hasMoved = false;
      for (const each of this.reflectors) each.world.settle();
    } while (this.hasMoved);
  }

  /** All speakers read until nothing is left to read; then each holds what the model says. */
  private rest(): void {
    do {
      this.hasMoved = false;
      for (const each of this.reflectors) each.read();
    } while (this.hasMoved);
    for (const each of this.reflectors) each.clear(...each.peers);
    this.pass(REST_MS);
    this.settle();
    if (this.reflectors.length === 2) this.findDead();
    for (const each of this.reflectors) each.judge();
  }

  /** A path that no speaker announces to either reflector is not held by any client. */
  private findDead(): void {
    for (const { peers } of this.reflectors) {
      for (const { session, speaker } of peers) {
        if (speaker.isExternal) continue;
        for (const [prefix, paths] of session?.client.table() ?? []) {
          for (const path of paths) {
            const isAlive = this.reflectors.some(({ truth }) => truth.isAlive(prefix, path));
            if (!isAlive) throw new Violation(`${speaker.address}: ${prefix} is dead: ${path}`);
          }
        }
      }
    }
  }
}

/** A path that a reflector advertises, as the other one receives it. */
function asSent(text: string): Attributes {
  const path = JSON.parse(text) as Path;
  const asPath = path.asPath.flatMap((segment): (number | number[])[] => {
    const numbers = segment.slice(2).split(',').map(Number);
    return segment.startsWith('2:') ? numbers : [numbers];
  });
  return {
    nextHop: Number.parseInt(path.nextHop.slice(-2), 16),
    asPath,
    origin: path.origin,
    unknown: path.others.length > 0,
    ...(path.localPref === null ? {} : { localPref: path.localPref }),
    ...(path.med === null ? {} : { med: path.med }),
    ...(path.communities.length === 0 ? {} : { communities: path.communities }),
    ...(path.originatorId === null ? {} : { originatorId: path.originatorId }),
    ...(path.clusterList.length === 0 ? {} : { clusterList: path.clusterList }),
  };
}
