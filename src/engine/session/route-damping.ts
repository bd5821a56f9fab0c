/**
 * Route flap damping (RFC 2439, RFC 7196) of one peer, in all families. It stays across sessions, because the loss of a
 * session is a flap of all its routes.
 */
import { Timer } from '../../lib/timers.ts';
import { type DampedPrefix, Damping, PENALTY, REUSE_STEP_SECONDS } from '../../rib/damping.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { Flaps, RibPeer } from '../../rib/peers/peers.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { DampingParameters } from '../../spec/exchange.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { Reporting, Tables, Timing, Turns } from '../ports/core.ts';

const STEP_MS = REUSE_STEP_SECONDS * 1000;
/** Entries that are checked in one step. */
const BUDGET = 1024;
/** A peer may have all its prefixes suppressed at once: maximum number of events per second. */
const EVENTS_PER_SECOND = 10;

/** Flaps of one family: the tables report them, and are notified of suppressed prefixes. */
class FamilyDamping implements Flaps {
  readonly damping: Damping;
  private readonly owner: RouteDamping;

  constructor(owner: RouteDamping, rib: FamilyRib, parameters: DampingParameters) {
    this.owner = owner;
    this.damping = new Damping(parameters, {
      pin: (prefix) => rib.pin(prefix),
      unpin: (prefix) => rib.unpin(prefix),
      onChanged: (prefix, suppressed) => owner.onChanged(rib, prefix, suppressed),
    });
  }

  isSuppressed(prefix: PrefixId): boolean {
    return this.damping.isSuppressed(prefix);
  }

  onWithdrawn(prefix: PrefixId): void {
    this.owner.flap(this.damping, prefix, PENALTY.withdrawal);
  }

  onChanged(prefix: PrefixId): void {
    this.owner.flap(this.damping, prefix, PENALTY.attributes);
  }
}

export class RouteDamping {
  private families: readonly FamilyDamping[] | null = null;
  private parameters: DampingParameters | null = null;
  /** The current entry of the peer in the tables. */
  private ribPeer: RibPeer | null = null;
  private reportSecond = 0;
  private reported = 0;
  private readonly timer: Timer;
  private readonly core: Timing & Reporting & Turns & Tables;
  private readonly name: string;
  private readonly whenEmpty: () => void;

  /** @param whenEmpty called when no flap is remembered any more */
  constructor(core: Timing & Reporting & Turns & Tables, name: string, whenEmpty: () => void) {
    this.core = core;
    this.name = name;
    this.whenEmpty = whenEmpty;
    this.timer = new Timer(core.timers, () => this.advance());
  }

  /** Whether any flap is remembered. */
  get isEmpty(): boolean {
    return this.families === null || this.families.every(({ damping }) => damping.count === 0);
  }

  /** Sets the parameters; a change clears all penalties, null turns damping off. */
  adopt(parameters: DampingParameters | null): void {
    if (JSON.stringify(parameters) === JSON.stringify(this.parameters)) return;
    this.clear();
    this.parameters = parameters;
    const { families } = this.core.rib;
    this.families = parameters === null ? null : families.map((rib) => new FamilyDamping(this, rib, parameters));
    if (this.ribPeer !== null) this.ribPeer.damping = this.families;
  }

  /** A session starts: its routes belong to this entry. */
  attach(ribPeer: RibPeer): void {
    this.ribPeer = ribPeer;
    this.addFamilies();
    ribPeer.damping = this.families;
  }

  /** Families that were taken into use since the parameters were set. */
  private addFamilies(): void {
    const { families, parameters } = this;
    if (families === null || parameters === null) return;
    const added = this.core.rib.families.slice(families.length);
    this.families = [...families, ...added.map((rib) => new FamilyDamping(this, rib, parameters))];
  }

  /** The operator closed the session: the removal of its routes is no flap. */
  forgive(): void {
    if (this.ribPeer !== null) this.ribPeer.damping = null;
  }

  flap(damping: Damping, prefix: PrefixId, points: number): void {
    damping.flap(prefix, points, this.core.nowSeconds());
    if (this.timer.armed) return;
    this.timer.arm(this.core.clock.nowMs() + STEP_MS);
    this.core.rearm();
  }

  /** A prefix of the peer becomes suppressed, or usable again. */
  onChanged(rib: FamilyRib, prefix: PrefixId, suppressed: boolean): void {
    if (this.mayReport()) {
      const name = suppressed ? 'update.damped' : 'update.undamped';
      const about = { peer: this.name, family: FAMILIES[rib.family].name, prefix: rib.prefixes.format(prefix) };
      this.core.events.emit({ name, ...about });
    }
    // The number of a removed peer may belong to another one.
    if (this.ribPeer === null || this.ribPeer.gone) return;
    rib.reconsider(prefix, this.ribPeer);
    this.core.schedule();
  }

  private mayReport(): boolean {
    const now = this.core.nowSeconds();
    if (now !== this.reportSecond) this.reported = 0;
    this.reportSecond = now;
    return ++this.reported <= EVENTS_PER_SECOND;
  }

  /** Clears all flaps, or those of one prefix of a family; returns the number of prefixes. */
  clear(family: number | null = null, prefix: PrefixId | null = null): number {
    let count = 0;
    for (const [id, { damping }] of (this.families ?? []).entries()) {
      if (family === null || family === id) count += damping.clear(prefix);
    }
    if (count > 0 && this.isEmpty) this.whenEmpty();
    return count;
  }

  /** Number of remembered prefixes, and their memory. */
  get size(): { readonly entries: number; readonly bytes: number } {
    let [entries, bytes] = [0, 0];
    for (const { damping } of this.families ?? []) {
      entries += damping.count;
      bytes += damping.bytes();
    }
    return { entries, bytes };
  }

  /** The remembered prefixes of a family. */
  *view(family: number): Generator<DampedPrefix> {
    const damping = this.families?.[family]?.damping;
    if (damping !== undefined) yield* damping.view(this.core.nowSeconds());
  }

  private advance(): void {
    let done = true;
    for (const { damping } of this.families ?? []) done = damping.advance(this.core.nowSeconds(), BUDGET) && done;
    if (this.isEmpty) this.whenEmpty();
    else this.timer.arm(this.core.clock.nowMs() + (done ? STEP_MS : 1));
    this.core.rearm();
  }
}
