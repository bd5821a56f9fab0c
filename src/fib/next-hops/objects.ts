/**
 * The kernel's nexthop objects for next hops: installed, replaced and removed so that each has the content that its
 * next hop needs, by one change each. Queries go through the port; calls must not overlap.
 */

import type { ObjectIdRange } from '../../spec/fib.ts';
import { ObjectIds } from '../port/object-ids.ts';
import type { Fib, ObjectChange, ObjectContent, Refusal } from '../port/ports.ts';
import { contentKey } from '../port/targets.ts';
import type { NextHop } from './next-hop.ts';
import { asking, UnavailableError } from './resolutions.ts';

/** Next hops whose objects were changed by others. */
interface Meddled {
  readonly removed: NextHop[];
  readonly altered: NextHop[];
}

export class Objects {
  private readonly port: Fib;
  private readonly ids: ObjectIds;
  /** Objects from before our start that no next hop uses. */
  private readonly orphans = new Map<number, ObjectContent>();
  /** False: routes have their own gateway. */
  inUse = false;

  constructor(port: Fib, range: ObjectIdRange) {
    this.port = port;
    this.ids = new ObjectIds(range);
  }

  /**
   * Reads what the kernel supports and which objects exist.
   * @throws Error with the reason
   */
  async start(allowed: boolean): Promise<void> {
    this.inUse = allowed && (await this.port.hasObjects());
    if (!this.inUse) return;
    for (const { id, ours, content } of await this.port.readObjects()) {
      this.ids.take(id);
      if (ours && content !== null && this.ids.includes(id)) this.orphans.set(id, content);
    }
  }

  /**
   * Reads the kernel's objects; a next hop whose object was removed has lost its routes.
   * @returns next hops whose objects others removed, and changed
   * @throws UnavailableError
   */
  async verify(nextHops: readonly NextHop[], lost: Set<number>): Promise<Meddled> {
    const meddled: Meddled = { removed: [], altered: [] };
    if (!this.inUse) return meddled;
    const there = new Map<number, string>();
    for (const object of await asking(() => this.port.readObjects())) {
      if (object.ours) there.set(object.id, contentKey(object.content));
    }
    for (const nextHop of nextHops) {
      if (nextHop.objectId === 0) continue;
      const key = there.get(nextHop.objectId);
      if (key === undefined) {
        if (nextHop.written !== '') meddled.removed.push(nextHop); // otherwise it may not exist yet
        this.bereave(nextHop, lost);
      } else if (key !== nextHop.written) {
        if (nextHop.written !== '') meddled.altered.push(nextHop);
        nextHop.written = key;
      }
    }
    for (const id of this.orphans.keys()) if (!there.has(id)) this.orphans.delete(id);
    // The kernel removes a member from its groups when it removes the member's object.
    const isBereft = ({ members }: NextHop) => members?.some((member) => lost.has(member.nextHop.id)) === true;
    return { ...meddled, altered: meddled.altered.filter((nextHop) => !isBereft(nextHop)) };
  }

  /**
   * Corrects the objects of these next hops.
   * @param lost receives the next hops whose routes were removed with their object
   * @throws UnavailableError
   */
  async sync(nextHops: readonly NextHop[], lost: Set<number>): Promise<void> {
    if (!this.inUse) return;
    const wrong = nextHops.filter((one) => one.objectId !== 0 && one.content !== null && isWrong(one));
    const refusals = await this.apply(wrong.map((one) => change('replace', one)));
    for (const [i, nextHop] of wrong.entries()) this.note(nextHop, refusals[i]);
    const dead = nextHops.filter((nextHop) => nextHop.objectId !== 0 && nextHop.content === null);
    await this.apply(dead.map((nextHop) => ({ kind: 'delete', id: nextHop.objectId })));
    for (const nextHop of dead) this.bereave(nextHop, lost);
    await this.create(nextHops.filter((nextHop) => nextHop.objectId === 0 && nextHop.content !== null));
  }

  /** The content of the object that an adopted route uses; null when it is not an orphan. */
  orphan(key: string | null): { readonly id: number; readonly content: ObjectContent } | null {
    const id = key?.startsWith('#') === true ? Number(key.slice(1)) : 0;
    const content = this.orphans.get(id);
    return content === undefined ? null : { id, content };
  }

  /** Assigns an orphan to a next hop that needs the same content. */
  claim(nextHop: NextHop, id: number): void {
    const content = this.orphans.get(id);
    if (content === undefined || nextHop.objectId !== 0 || contentKey(content) !== contentKey(nextHop.content)) return;
    this.orphans.delete(id);
    nextHop.objectId = id;
    nextHop.written = contentKey(content);
  }

  /**
   * Removes objects; groups first, because the kernel removes a group with its last member.
   * @throws UnavailableError
   */
  async delete(nextHops: readonly NextHop[], orphansToo: boolean): Promise<void> {
    const mine = nextHops.filter((nextHop) => nextHop.objectId !== 0);
    const groups = mine.filter((nextHop) => nextHop.members !== null);
    const ids = [...groups, ...mine.filter((nextHop) => nextHop.members === null)].map((nextHop) => nextHop.objectId);
    if (orphansToo) ids.push(...this.orphans.keys());
    if (orphansToo) this.orphans.clear();
    await this.apply(ids.map((id) => ({ kind: 'delete', id })));
    for (const id of ids) this.ids.free(id);
  }

  /** Installs objects. A next hop whose object the kernel refuses is unreachable, with the kernel's words as reason. */
  private async create(nextHops: readonly NextHop[]): Promise<void> {
    let missing = nextHops;
    while (missing.length > 0) {
      for (const nextHop of missing) {
        nextHop.objectId = this.ids.allocate();
        nextHop.isBare = nextHop.objectId === 0;
      }
      const made = missing.filter((nextHop) => nextHop.objectId !== 0); // out of ids: routes have their own gateway
      const refusals = await this.apply(made.map((nextHop) => change('create', nextHop)));
      for (const [i, nextHop] of made.entries()) this.note(nextHop, refusals[i]);
      missing = made.filter((_, i) => refusals[i]?.kind === 'conflict'); // the id stays in use: another program has it
      for (const nextHop of made) if (!nextHop.reached) this.forget(nextHop);
    }
  }

  private note(nextHop: NextHop, refusal: Refusal | null): void {
    if (refusal === null) nextHop.written = contentKey(nextHop.content);
    else if (refusal.kind !== 'conflict') {
      nextHop.lose(refusal.words);
      nextHop.refused = true;
    }
  }

  /** The object was removed, and its routes with it. */
  private bereave(nextHop: NextHop, lost: Set<number>): void {
    this.forget(nextHop);
    nextHop.losses++;
    lost.add(nextHop.id);
  }

  private forget(nextHop: NextHop): void {
    this.ids.free(nextHop.objectId);
    nextHop.objectId = 0;
    nextHop.written = '';
  }

  private async apply(changes: readonly ObjectChange[]): Promise<readonly (Refusal | null)[]> {
    if (changes.length === 0) return [];
    const result = await this.port.applyObjects(changes);
    if (result.kind === 'unavailable') throw new UnavailableError(result.reason);
    return result.refusals;
  }
}

function isWrong(nextHop: NextHop): boolean {
  return nextHop.written !== contentKey(nextHop.content);
}

function change(kind: 'create' | 'replace', nextHop: NextHop): ObjectChange {
  return { kind, id: nextHop.objectId, content: nextHop.content as ObjectContent };
}
