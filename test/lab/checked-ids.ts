/**
 * Ids that are checked: for tests that look for a holder of an id that did not hold it (a use after free).
 *
 * While it is on, no id is ever used twice, as if each carried a generation: what a stale id names is gone, never another
 * row. Reading a freed row throws where it would give anything but 0 (what walks over all ids look for is 0 in a free
 * row), and so does writing to one, or freeing it again. Only tests load this file: production pays nothing.
 */
import { IdAllocator } from '../../src/lib/tables/ids.ts';
import { Rib } from '../../src/rib/rib.ts';

/** What of a column and of an allocator is looked into here. */
interface AnyColumn {
  get(id: number): number;
  set(id: number, value: number): void;
}

interface Insides {
  readonly columns: readonly AnyColumn[];
  readonly minted: number[];
  readonly used: number[];
  total: number;
}

const freed = new WeakMap<object, Set<number>>();

const { allocate, free } = IdAllocator.prototype;
const { addPeer } = Rib.prototype;

/** Every allocator that is made in the tests of this file, or of this `describe`, gives checked ids. */
export function checkIds(): void {
  beforeAll(check);
  afterAll(() => {
    Object.assign(IdAllocator.prototype, { allocate, free });
    Rib.prototype.addPeer = addPeer;
  });
}

function check(): void {
  IdAllocator.prototype.allocate = function (this: IdAllocator) {
    if (!freed.has(this)) guard(this);
    return allocate.call(this);
  };
  IdAllocator.prototype.free = function (this: IdAllocator, id: number) {
    const gone = freed.get(this);
    if (gone === undefined || gone.has(id)) throw new Error(`id ${id} is freed without having been allocated`);
    gone.add(id);
    (this as unknown as Insides).total--; // its page stays full, so it is not handed out again
  };
  Rib.prototype.addPeer = function (this: Rib, ...args) {
    Object.defineProperty(this.peers, 'indexOf', { value: () => -1, configurable: true });
    return addPeer.apply(this, args);
  };
}

function guard(allocator: IdAllocator): void {
  const gone = new Set<number>();
  freed.set(allocator, gone);
  for (const column of (allocator as unknown as Insides).columns) {
    const get = column.get.bind(column);
    const set = column.set.bind(column);
    column.get = (id) => {
      const value = get(id);
      if (value !== 0 && gone.has(id)) throw new Error(`row ${id} is read after it was freed`);
      return value;
    };
    column.set = (id, value) => {
      if (gone.has(id)) throw new Error(`row ${id} is written after it was freed`);
      set(id, value);
    };
  }
}
