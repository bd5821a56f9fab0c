/** Families are in use until the process ends, and the files of a worker share a process: each starts with two. */
import { FAMILIES, type Family, IPV6_UNICAST } from '../../src/wire/families.ts';

afterAll(() => {
  (FAMILIES as Family[]).length = IPV6_UNICAST + 1;
});
