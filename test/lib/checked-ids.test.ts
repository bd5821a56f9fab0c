/** The checking mode of ids finds what it is there for. */
import { U16Column, U32Column } from '../../src/lib/tables/columns.ts';
import { IdAllocator } from '../../src/lib/tables/ids.ts';
import { checkIds } from '../lab/checked-ids.ts';

checkIds();

function table() {
  const [values, marks] = [new U32Column(), new U16Column()];
  const ids = new IdAllocator([values, marks]);
  const [a, b] = [ids.allocate(), ids.allocate()];
  values.set(a, 7);
  values.set(b, 8);
  return { ids, values, marks, a, b };
}

test('a row is not read, written or freed again after it was freed', () => {
  const { ids, values, marks, a, b } = table();
  ids.free(a);
  expect(() => values.get(a)).toThrow('row 1 is read after it was freed');
  expect(() => values.set(a, 9)).toThrow('row 1 is written after it was freed');
  expect(() => ids.free(a)).toThrow('id 1 is freed without having been allocated');
  expect([values.get(b), marks.get(a), ids.count]).toEqual([8, 0, 1]);
});

test('no id comes again, so what is stale is never another', () => {
  const { ids, a, b } = table();
  ids.free(a);
  ids.free(b);
  expect([ids.allocate(), ids.allocate(), ids.count]).toEqual([3, 4, 2]);
});
