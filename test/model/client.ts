/**
 * The receiving side of a speaker: decodes what the reflector sends it, keeps the table that the stream makes, and
 * checks what holds at every moment, whatever else goes on.
 */
import { decode, type Family, type Message, type Nlri, type Terms } from './decoder.ts';

/** The reflector did what no RFC and no rule of its own allows. */
export class Violation extends Error {}

/** What the client is compared with; the answers come from the model. */
export interface Rules {
  /** How many speakers other than the client announced a path that arrives at it with these attributes. */
  sourcesOf(prefix: string, path: string): number;
  /** Maximum number of paths of a prefix at rest. */
  readonly limit: number;
  /** A path of the prefix names the client as the router that originated it. */
  isOriginated(prefix: string): boolean;
  /** The client has to hold a path of the prefix, and nothing concerned the prefix since an event. */
  isExpected(prefix: string, since: number): boolean;
  /** Number of the event that happens. */
  readonly now: number;
  /** All that was there when the session began must have arrived. */
  checkInitial(family: Family): void;
  /**
   * A client that reads slowly, or whose settings have changed, is sent the current state of prefixes: the reflector
   * does not store what a client holds, so it may repeat a path, or withdraw one that the client does not have.
   */
  readonly mayRepeat: boolean;
}

/** A refresh that the client requested: what has arrived again since, and since BoRR. */
interface Refresh {
  readonly since: number;
  readonly again: Set<string>;
  /** null: outside of BoRR and EoRR. */
  marked: Set<string> | null;
}

export class Client {
  /** By `prefix #identifier`: the attributes. */
  readonly held = new Map<string, string>();
  /** Removed at EoRR (RFC 7313 4), and perhaps withdrawn behind it. */
  private readonly purged = new Set<string>();
  readonly endOfRibs: Record<Family, number> = { ipv4: 0, ipv6: 0 };
  readonly refreshes: Partial<Record<Family, Refresh>> = {};
  notification: string | null = null;
  isOpen = false;
  private tail = new Uint8Array(0);
  private readonly name: string;
  private readonly terms: Terms;
  private readonly rules: Rules;
  private readonly ownRouterId: number;

  constructor(name: string, routerId: number, terms: Terms, rules: Rules) {
    this.name = name;
    this.ownRouterId = routerId;
    this.terms = terms;
    this.rules = rules;
  }

  fail(words: string): never {
    throw new Violation(`${this.name}: ${words}`);
  }

  receive(bytes: Uint8Array): void {
    const all = Uint8Array.from([...this.tail, ...bytes]);
    let at = 0;
    while (all.length - at >= 19) {
      const length = (all[at + 16]! << 8) | all[at + 17]!;
      if (length < 19 || length > this.terms.longest) this.fail(`a message of ${length} octets`);
      if (all.length - at < length) break;
      this.take(decode(all.slice(at, at + length), this.terms));
      at += length;
    }
    this.tail = all.slice(at);
  }

  /** The table by prefix: what its paths are, in an order of their own. */
  table(): Map<string, string[]> {
    const table = new Map<string, string[]>();
    for (const [key, path] of this.held) {
      const prefix = prefixOf(key);
      table.set(prefix, [...(table.get(prefix) ?? []), path].sort());
    }
    return table;
  }

  countOf(prefix: string): number {
    return [...this.held.keys()].filter((key) => key.startsWith(`${prefix} `)).length;
  }

  requestRefresh(family: Family): void {
    const marked = this.refreshes[family]?.marked ?? null;
    this.refreshes[family] = { since: this.rules.now, again: new Set(), marked };
  }

  /** Everything has arrived. */
  checkAtRest(): void {
    if (this.tail.length > 0) this.fail('a message is not complete');
    for (const family of ['ipv4', 'ipv6'] as const) {
      if (this.endOfRibs[family] !== 1) this.fail(`${this.endOfRibs[family]} End-of-RIB of ${family}`);
      const refresh = this.refreshes[family];
      if (refresh !== undefined && refresh.marked !== null) this.fail(`no EoRR of ${family}`);
      if (refresh !== undefined) this.purge(family, refresh, refresh.again);
      delete this.refreshes[family];
    }
    this.purged.clear();
    for (const [prefix, paths] of this.table()) {
      if (paths.length > this.rules.limit) this.fail(`${paths.length} paths of ${prefix}`);
    }
  }

  /** What is held and has not arrived again is gone (RFC 7313 4): another path took its place, or it is withdrawn. */
  private purge(family: Family, { since }: Refresh, again: ReadonlySet<string>): void {
    for (const key of this.held.keys()) {
      if (key.includes(':') !== (family === 'ipv6') || again.has(key)) continue;
      this.held.delete(key);
      this.purged.add(key);
      const prefix = prefixOf(key);
      if (this.countOf(prefix) > 0 || !this.rules.isExpected(prefix, since)) continue;
      this.fail(`${key} is not sent again by a refresh`);
    }
  }

  private take(message: Message): void {
    if (this.notification !== null) this.fail(`${message.kind} behind a NOTIFICATION`);
    if (this.isOpen === (message.kind === 'open')) this.fail(`${message.kind} out of turn`);
    switch (message.kind) {
      case 'open':
        this.isOpen = true;
        return;
      case 'notification':
        this.notification = `${message.code}/${message.subcode}`;
        return;
      case 'end-of-rib':
        this.endOfRibs[message.family]++;
        if (this.endOfRibs[message.family] > 1) this.fail(`a second End-of-RIB of ${message.family}`);
        this.rules.checkInitial(message.family);
        return;
      case 'refresh':
        this.takeMark(message.family, message.subtype);
        return;
      case 'update':
        for (const one of message.withdrawn) this.withdraw(one);
        for (const one of message.announced) this.announce(one, JSON.stringify(message.path));
    }
  }

  /** RFC 7313 4: BoRR behind End-of-RIB; at EoRR all that is valid has been sent again. */
  private takeMark(family: Family, subtype: number): void {
    const refresh = this.refreshes[family];
    if (subtype === 0) return;
    if (refresh === undefined) this.fail('a mark without a request');
    if (this.endOfRibs[family] === 0) this.fail('BoRR before End-of-RIB');
    if (subtype === 2 && refresh.marked === null) this.fail('EoRR without BoRR');
    if (subtype === 2 && refresh.marked !== null) this.purge(family, refresh, refresh.marked);
    refresh.marked = subtype === 1 ? new Set() : null;
  }

  private withdraw({ prefix, pathId }: Nlri): void {
    const key = `${prefix} #${pathId}`;
    if (this.held.delete(key) || this.purged.delete(key) || this.rules.mayRepeat) return;
    // Withdrawals are packed by where a path was learned, so the router that originated it is sent them, too.
    if (!this.rules.isOriginated(prefix)) this.fail(`${key} is withdrawn, and was not advertised`);
  }

  private announce({ family, prefix, pathId }: Nlri, path: string): void {
    const key = `${prefix} #${pathId}`;
    if (path.includes(`"originatorId":${this.ownRouterId},`)) this.fail(`${key} is sent back to its originator`);
    const sources = this.rules.sourcesOf(prefix, path);
    if (sources === 0) this.fail(`${key} was not announced by any other speaker: ${path}`);
    const isRepeated = this.held.get(key) === path && this.endOfRibs[family] > 0;
    // Equal attributes of two speakers: the one that was its source is sent it, and the others are sent it again.
    // Toward another AS the attributes that have changed may be among those that are left out.
    const isExcused = sources > 1 || this.terms.external || this.refreshes[family] !== undefined;
    if (isRepeated && !isExcused && !this.rules.mayRepeat) this.fail(`${key} twice: ${path}`);
    this.held.set(key, path);
    this.purged.delete(key);
    this.refreshes[family]?.again.add(key);
    this.refreshes[family]?.marked?.add(key);
    // A path that replaces another one under an identifier of its own comes before the withdrawal of that, so that the
    // client is never without a path: for a moment it has at most twice as many.
    if (this.countOf(prefix) > this.rules.limit * 2) this.fail(`${this.countOf(prefix)} paths of ${prefix}`);
  }
}

function prefixOf(key: string): string {
  return key.split(' ')[0] as string;
}
