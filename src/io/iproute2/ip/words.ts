/** Explains the error messages of the kernel. */

const MEANINGS: readonly (readonly [words: RegExp, meaning: string])[] = [
  [/No space left on device/, 'the kernel table is full'],
  [/Cannot allocate memory|No buffer space available/, 'the kernel has no memory for it'],
  [/Nexthop has invalid gateway|Network is unreachable|No route to host/, 'this host has no route to the next hop'],
  [/(Nexthop d|D)evice .*not up|Network is down/, 'the interface to the next hop is down'],
  [/Nexthop id does not exist/, 'its nexthop object does not exist any more'],
  [/No such device|Cannot find device/, 'the interface to the next hop does not exist'],
  [/not supported/, 'this kernel does not support it'],
  [/Invalid argument|Invalid prefix for given prefix length/, 'the kernel does not accept such a route'],
];

/** The meaning, with the message in parentheses; an unknown message unchanged. */
export function explainWords(words: string): string {
  const known = MEANINGS.find(([pattern]) => pattern.test(words));
  return known === undefined ? words : `${known[1]} (${words.replace('RTNETLINK answers: ', '')})`;
}
