/** The scopes of link-local next hops: an interface (`%eth1`), or a peer (`@192.0.2.9`). */
import { invariant } from '../../lib/invariant.ts';

/** The largest number of a scope. A scope in use belongs to a peer or its interface, and peer ids are 16 bits, too. */
const MAX_SCOPE = 0xffff;

/**
 * The scopes in use, by number from 1 up; 0 is none. Peers of dynamic ranges come and go, so a scope that no next hop has
 * any more is removed, and its number is used again.
 */
export class Scopes {
  private readonly texts: string[] = [''];
  private readonly holders: number[] = [0];
  private readonly ids = new Map<string, number>([['', 0]]);
  private readonly free: number[] = [];

  /** The number of a scope; a new one is added, without a holder. */
  idOf(scope: string): number {
    const known = this.ids.get(scope);
    if (known !== undefined) return known;
    const id = this.free.pop() ?? this.texts.length;
    invariant(id <= MAX_SCOPE, 'a number of a scope fits into its column');
    this.texts[id] = scope;
    this.holders[id] = 0;
    this.ids.set(scope, id);
    return id;
  }

  text(id: number): string {
    return this.texts[id];
  }

  hold(id: number): void {
    if (id !== 0) this.holders[id]++;
  }

  release(id: number): void {
    if (id === 0 || --this.holders[id] > 0) return;
    this.ids.delete(this.texts[id]);
    this.texts[id] = '';
    this.free.push(id);
  }

  get count(): number {
    return this.ids.size - 1;
  }
}
