/** A speaker and its sessions: what it has sent, which of it the reflector must have kept, and what it received. */
import type { SimConnection } from '../engine/world.ts';
import { announce, attribute, KEEPALIVE, message, open, type Route, withdraw } from '../lab/updates.ts';
import { Holdings, LONG_LIVED_MS, RESTART_MS } from '../reflect/holdings.ts';
import type { Client } from './client.ts';
import type { Attributes, Event, Loss } from './events.ts';
import type { Candidate } from './expected.ts';
import type { Settings, Speaker } from './topology.ts';

/** Attributes with a length that is not theirs (RFC 7606 7.4, 7.8). */
const MALFORMED = { med: attribute(0x80, 4, [1, 2, 3]), communities: attribute(0xc0, 8, [1, 2, 3, 4, 5]) };

type Withdrawal = Extract<Event, { do: 'withdraw' }>;

/** A session that is up, from the side of the speaker. */
export interface Session {
  readonly connection: SimConnection;
  readonly client: Client;
  /** It has sent End-of-RIB. */
  endOfRib: boolean;
  /** What it has announced in this session, by family. */
  readonly fresh: readonly [Set<string>, Set<string>];
  /** Number of the event with which it began. */
  readonly since: number;
}

export class Peer {
  readonly speaker: Speaker;
  readonly holdings: Holdings<Attributes>;
  settings: Settings;
  /** Settings that were in force since all was at rest. */
  variants: Settings[];
  session: Session | null = null;
  /** Until then the reflector accepts no connection: a limit was exceeded. */
  heldDownMs = 0;

  constructor(speaker: Speaker, settings: Settings) {
    this.speaker = speaker;
    this.holdings = new Holdings(speaker.restart);
    this.settings = settings;
    this.variants = [settings];
  }

  /** Of another reflector: what it has sent, as read from the wire; it sends no other End-of-RIB or withdrawals. */
  sends: (() => ReadonlyMap<string, Attributes>) | null = null;

  /** What the reflector has of it, by `prefix #identifier`. */
  get routes(): ReadonlyMap<string, Attributes> {
    return this.sends === null ? this.holdings.routes : this.sends();
  }

  candidates(prefix: string): Candidate[] {
    const of = [...this.routes].filter(([key]) => key.startsWith(`${prefix} `));
    return of.map(([key, sent]) => ({ from: this.speaker, pathId: Number(key.split('#')[1]), sent }));
  }

  /** Whether what it sent is kept when its session ends like that (RFC 4724 4.2, RFC 8538 4). */
  isKeptAfter(how: Loss): boolean {
    const { restart, keepsOverNotification } = this.speaker;
    if (restart !== 'graceful' && restart !== 'long-lived') return false;
    if (how === 'closed' || how === 'reset') return true;
    return how !== 'hard-reset' && keepsOverNotification;
  }

  /** Attributes as this kind of speaker sends them. */
  shape(attributes: Attributes): Attributes {
    const { localPref = 100, originatorId, clusterList, asPath, ...rest } = attributes;
    const { isExternal, as } = this.speaker;
    if (isExternal) return { ...rest, asPath: [as, ...asPath] };
    const reflected = { ...(originatorId === undefined ? {} : { originatorId }), ...(clusterList && { clusterList }) };
    return { ...rest, asPath, localPref, ...reflected };
  }

  /** Announces a path; true: it exceeds the maximum. */
  announce(key: string, sent: Attributes): boolean {
    const fresh = this.session!.fresh[key.includes(':') ? 1 : 0];
    fresh.add(key);
    this.holdings.announce(key, sent);
    return fresh.size > (this.speaker.maxPaths ?? Number.POSITIVE_INFINITY);
  }

  withdraw(key: string): void {
    this.session!.fresh[key.includes(':') ? 1 : 0].delete(key);
    this.holdings.withdraw(key);
  }

  /** Its session is over; what is kept of it is kept from now on. */
  end(isKept: boolean, nowMs: number): void {
    if (isKept) this.holdings.lose(nowMs);
    else this.holdings.leave();
    this.holdings.isUp = false;
    this.session = null;
  }

  private nlri(prefix: string, pathId: number): string {
    return this.speaker.sendsPaths ? `${prefix} #${pathId}` : prefix;
  }

  /** A speaker that sends no identifiers has one path of a prefix. */
  key(prefix: string, pathId: number): string {
    return `${prefix} #${this.speaker.sendsPaths ? pathId : 0}`;
  }

  announcements(prefixes: readonly string[], pathId: number, sent: Attributes): Uint8Array[] {
    return byFamily(prefixes).map((family) => {
      const isIpv6 = family[0]?.includes(':') === true;
      const nextHop = isIpv6 ? `2001:db8::${sent.nextHop.toString(16)}` : `192.0.2.${sent.nextHop}`;
      const { unknown, nextHop: _number, ...rest } = sent;
      const extra = unknown ? [attribute(0xc0, 200, [0xab, 0xcd])] : [];
      const nlri = family.map((prefix) => this.nlri(prefix, pathId));
      return announce(nlri, { ...rest, nextHop, extra } as Route);
    });
  }

  withdrawals({ prefixes, pathId, malformed }: Withdrawal): Uint8Array[] {
    const all = byFamily(prefixes).map((family) => family.map((prefix) => this.nlri(prefix, pathId)));
    if (malformed === null) return all.map((nlri) => withdraw(nlri));
    const { isExternal, as } = this.speaker;
    const extra = malformed === 'origin' ? [] : [MALFORMED[malformed]];
    const sound = { asPath: isExternal ? [as] : [], ...(isExternal ? {} : { localPref: 100 }) };
    return all.map((nlri) => announce(nlri, { ...sound, origin: malformed === 'origin' ? 3 : 0, extra }));
  }

  /** OPEN with the capabilities of the speaker, and KEEPALIVE. */
  opening(): Uint8Array[] {
    const { as, routerId, sendsPaths, readsPaths, restart, keepsOverNotification } = this.speaker;
    const { enhancedRefresh, extendedMessages } = this.speaker;
    const mode = (readsPaths ? 1 : 0) + (sendsPaths ? 2 : 0);
    const four = [0, 1, 1];
    const six = [0, 2, 1];
    const [times, longer] = [u16(RESTART_MS / 1000), [0, ...u16(LONG_LIVED_MS / 1000)]];
    const flags = 0x80 | (keepsOverNotification ? 0x40 : 0);
    const isKept = restart === 'graceful' || restart === 'long-lived';
    const longLived = restart === 'long-lived' ? [...four, 0x80, ...longer, ...six, 0x80, ...longer] : [];
    const capabilities = [
      ...[1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, ...u16(as >>> 16), ...u16(as & 0xffff)],
      ...(mode === 0 ? [] : [69, 8, ...four, mode, ...six, mode]),
      ...(isKept ? [64, 10, flags | times[0]!, times[1]!, ...four, 0x80, ...six, 0x80] : []),
      ...(restart === 'long-lived' || restart === 'knows' ? [71, longLived.length, ...longLived] : []),
      ...(enhancedRefresh ? [70, 0] : []),
      ...(extendedMessages ? [6, 0] : []),
    ];
    return [open(as, routerId, { capabilities }), KEEPALIVE];
  }
}

const u16 = (value: number) => [value >>> 8, value & 255];

export function byFamily(prefixes: readonly string[]): string[][] {
  const [four, six]: [string[], string[]] = [[], []];
  for (const prefix of prefixes) (prefix.includes(':') ? six : four).push(prefix);
  return [four, six].filter((family) => family.length > 0);
}

export function refreshMessage(family: 'ipv4' | 'ipv6', subtype: number): Uint8Array {
  return message(5, [0, family === 'ipv4' ? 1 : 2, subtype, 1]);
}
