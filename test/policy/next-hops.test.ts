/** Next hops that a rule may set: addresses that routers can send packets to. */
import { load } from '../../src/config/read/load.ts';

function problemsOf(nextHop: string): string[] {
  const text = `router: { as: 65000, id: 10.99.0.1 }
policies: { in: { rules: [ { name: a, set: { next-hop: "${nextHop}" }, then: accept } ], default: reject } }
peers: [ { address: 10.0.0.1, as: internal, import: [ in ] } ]
`;
  const loaded = load(text, 'r.yaml');
  return loaded.ok ? [] : loaded.problems.map(({ line, column, what }) => `${line}:${column} ${what}`);
}

test.each(['192.0.2.1', '2001:db8::1', 'self', 'peer', 'unchanged'])('%s is accepted', (nextHop) => {
  expect(problemsOf(nextHop)).toEqual([]);
});

test.each(['127.0.0.1', '127.255.0.9', '0.0.0.0', '224.0.0.5', '240.0.0.1', '::', '::1', 'ff02::1'])(
  '%s is an error, because peers would treat the route as withdrawn',
  (nextHop) => {
    expect(problemsOf(nextHop)).toEqual([
      `2:56 peers reject the next hop ${nextHop}: it is the address of no host (RFC 4271 6.3)`,
    ]);
  },
);
