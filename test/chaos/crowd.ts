/** Scripted speakers on one host: each announces its routes, changes them, and comes back when its session is lost. */
import * as bgp from '../lab/bgp-bytes.ts';
import { Doors } from '../lab/doors.ts';
import type { Namespace } from '../lab/namespace.ts';
import type { Speaker } from '../lab/speaker.ts';
import { Random } from '../model/random.ts';

const TICK_MS = 100;
const KEEPALIVE_MS = 2000;
/** Routes that one tick changes while the speakers are churning, each. */
const CHANGES = 8;
const END_OF_RIB = bgp.update({});

interface Member {
  readonly address: string;
  /** What it announces now, of all its prefixes. */
  readonly announced: Set<string>;
  readonly prefixes: readonly string[];
  speaker: Speaker | null;
  isConnecting: boolean;
}

export class Crowd {
  isChurning = false;
  /** Other connections of the host, for speakers with other intentions. */
  readonly doors: Doors;
  readonly spare: readonly string[];
  private readonly random = new Random(1);
  private readonly members: readonly Member[];
  private readonly hop: string;
  private timer: NodeJS.Timeout | null = null;
  private sentMs = 0;

  private constructor(doors: Doors, hop: string, spare: readonly string[], members: readonly Member[]) {
    this.doors = doors;
    this.hop = hop;
    this.spare = spare;
    this.members = members;
  }

  static async open(ns: Namespace, host: string, count: number, routes: number): Promise<Crowd> {
    const addresses = Array.from({ length: count }, (_, at) => `10.99.1.${at + 1}`);
    const spare = Array.from({ length: 8 }, (_, at) => `10.99.2.${at + 1}`);
    await ns.addLoopback(...[...addresses, ...spare].map((address) => `${address}/32`));
    const members = addresses.map((address, at) => {
      const prefixes = Array.from({ length: routes }, (_, i) => `10.${100 + at}.${i >> 4}.${(i & 15) * 16}/28`);
      return { address, prefixes, announced: new Set(prefixes), speaker: null, isConnecting: false };
    });
    return new Crowd(await Doors.open(ns, host, [...addresses, ...spare]), ns.ipv4, spare, members);
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** What all of them announce: prefixes and the next hop. */
  announced(): Record<string, string> {
    return Object.fromEntries(this.members.flatMap(({ announced }) => [...announced].map((one) => [one, this.hop])));
  }

  /** The speaker of a member. */
  speakerOf(at: number): Speaker | null {
    return this.members[at % this.members.length]!.speaker;
  }

  private tick(): void {
    const nowMs = performance.now();
    const isDue = nowMs - this.sentMs >= KEEPALIVE_MS;
    if (isDue) this.sentMs = nowMs;
    for (const member of this.members) {
      const { speaker } = member;
      if (speaker === null || speaker.closed) void this.connect(member);
      else if (isDue) speaker.send(bgp.keepalive());
      if (this.isChurning) this.churn(member);
    }
  }

  private async connect(member: Member): Promise<void> {
    if (member.isConnecting) return;
    member.isConnecting = true;
    member.speaker = null;
    try {
      const restart = [64, 0x80, 60, 0, 1, 1, 0x80];
      const capabilities = [bgp.IPV4_UNICAST, bgp.ROUTE_REFRESH, [65, ...bgp.u32(65_000)], restart];
      const speaker = await this.doors.establish(member.address, { capabilities, holdTime: 9 });
      for (const prefix of member.announced) speaker.send(bgp.announce(this.hop, prefix));
      speaker.send(END_OF_RIB);
      member.speaker = speaker;
    } catch {
      // The reflector is away: the next tick tries again.
    }
    member.isConnecting = false;
  }

  private churn(member: Member): void {
    for (let left = CHANGES; left > 0; left--) {
      const prefix = this.random.pick(member.prefixes);
      if (member.announced.delete(prefix)) member.speaker?.send(bgp.update({ withdrawn: bgp.nlri(prefix) }));
      else {
        member.announced.add(prefix);
        member.speaker?.send(bgp.announce(this.hop, prefix));
      }
    }
  }

  /** Every speaker holds exactly the routes of the others. */
  check(all: Readonly<Record<string, string>>): void {
    for (const { address, speaker, prefixes } of this.members) {
      if (speaker === null || speaker.closed) throw new Error(`${address} has no session`);
      const own = new Set(prefixes);
      const expected = Object.keys(all).filter((prefix) => !own.has(prefix));
      const missing = expected.filter((prefix) => !speaker.routes.has(prefix));
      if (missing.length > 0) throw new Error(`${address} lacks ${missing.length} routes, ${missing.slice(0, 3)}`);
      const isThere = new Set(expected);
      const more = [...speaker.routes].filter((prefix) => !isThere.has(prefix));
      if (more.length > 0) throw new Error(`${address} has ${more.length} routes too many, ${more.slice(0, 3)}`);
    }
  }
}
