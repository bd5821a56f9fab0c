/** What the kernel means by its words of refusal, for those who do not know it by heart. No I/O, no timers. */

const MEANINGS: readonly (readonly [words: RegExp, meaning: string])[] = [
  [/No space left on device/, "the kernel's table is full"],
  [/Cannot allocate memory|No buffer space available/, 'the kernel has no memory left for it'],
  [/Nexthop has invalid gateway|Network is unreachable|No route to host/, 'the host knows no way to the next hop'],
  [/(Nexthop d|D)evice .*not up|Network is down/, 'the interface to the next hop is down'],
  [/Nexthop id does not exist/, 'the nexthop object that it leads to is gone'],
  [/No such device|Cannot find device/, 'the interface to the next hop does not exist'],
  [/not supported/, 'this kernel cannot do that'],
  [/Invalid argument|Invalid prefix for given prefix length/, 'the kernel takes no such route'],
];

/** The meaning, with the words behind it; the words alone where they are not known. */
export function explainWords(words: string): string {
  const known = MEANINGS.find(([pattern]) => pattern.test(words));
  return known === undefined ? words : `${known[1]} (${words.replace('RTNETLINK answers: ', '')})`;
}
