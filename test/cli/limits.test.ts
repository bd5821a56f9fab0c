/** What `show peer` says of limits of prefixes. */
import { Writable } from 'node:stream';
import { writePeer } from '../../src/cli/pages/peer.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { LimitView, PeerView } from '../../src/engine/api/peer-views.ts';
import { HOST, LEAF } from './views.ts';

const LIMIT: LimitView = {
  limit: 150,
  warnAt: 120,
  action: 'block',
  of: 'received',
  count: 120,
  blocked: 0,
  level: 'near',
};

async function page(peer: PeerView): Promise<string[]> {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  async function* one() {
    yield peer;
  }
  const output = new Output(stream);
  await writePeer(one(), output);
  await output.flush();
  return text.split('\n').map((line) => line.trim());
}

test('a limit shows the count, the blocked prefixes, and the action', async () => {
  const [ipv4, ipv6] = LEAF.families;
  const reached: LimitView = { ...LIMIT, limit: 7, warnAt: 6, of: 'advertised', count: 7, blocked: 3, level: 'over' };
  const families = [
    { ...ipv4!, maxPrefix: LIMIT },
    { ...ipv6!, maxPrefixOut: reached },
  ];
  expect((await page({ ...LEAF, families })).filter((line) => line.startsWith('Limit'))).toEqual([
    'Limit        ipv4-unicast: 120 of 150 received (near); warning at 120, action block',
    'Limit        ipv6-unicast: 7 of 7 advertised (reached), 3 blocked; warning at 6, action block',
  ]);
});

test('a limit of paths per prefix shows the rejected paths of each family', async () => {
  const [ipv4, ipv6] = LEAF.families;
  const linesOf = async (...families: PeerView['families']) =>
    (await page({ ...LEAF, families })).filter((line) => line.startsWith('Path limit'));
  const limited = { ...ipv4!, maxPathsPerPrefix: 4096 };
  expect(await linesOf(ipv4!, ipv6!)).toEqual([]);
  expect(await linesOf(limited, ipv6!)).toEqual(['Path limit   at most 4096 paths per prefix']);
  expect(await linesOf({ ...limited, pathsRefused: 7 }, ipv6!)).toEqual([
    'Path limit   at most 4096 paths per prefix; 7 paths of ipv4-unicast rejected',
  ]);
});

test.each([
  [30, 'for 30s more'],
  [null, 'until `reflectord reset` or a reload with another limit'],
])('a peer that is held down says why and for how long (%s)', async (remainingSeconds, until) => {
  const reason = 'the peer announced more than 3 prefixes of ipv4-unicast; announce fewer prefixes at the peer';
  const lines = await page({ ...HOST, heldDown: { reason, remainingSeconds } });
  expect(lines).toContain(`Held down   ${until}: ${reason}`);
});
