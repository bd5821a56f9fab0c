/** A peer over TCP whose route flaps: suppressed, shown by the command line, and used again when the operator says so. */
import type { PathView, RibView } from '../../src/engine/api/route-views.ts';
import * as bgp from '../lab/bgp-bytes.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { Speaker } from '../lab/speaker.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { waitFor } from '../lab/wait-for.ts';

const PREFIX = '198.18.7.0/24';
const AS = 65001;

jest.setTimeout(60_000);

const daemon = new Reflectord(temporaryFolder());
let source: Speaker;
let listener: Speaker;

beforeAll(async () => {
  const port = await freePort();
  const eBgp = { as: 'external', import: 'accept', export: 'accept' };
  await daemon.start({
    router: { as: 65000, id: '10.255.255.1' },
    listen: [{ address: '127.0.0.1', port }],
    metrics: { listen: 'none' },
    groups: {
      outside: { ...eBgp, damping: {}, dynamic: [{ range: '127.1.0.0/16' }] },
      hosts: { as: 'internal', 'route-reflector-client': true, dynamic: [{ range: '127.0.0.0/16' }] },
    },
  });
  source = await Speaker.establish({ port, localAddress: '127.1.0.1' }, { as: AS });
  listener = await Speaker.establish({ port, localAddress: '127.0.0.2' }, { routerId: '10.0.0.2' });
}, 60_000);
afterAll(() => daemon.kill());

test('is suppressed after so many withdrawals, and undamped by a command', async () => {
  const asPath = bgp.attribute(0x40, 2, 2, 1, ...bgp.u32(AS));
  const attributes = [...bgp.ORIGIN_IGP, ...asPath, ...bgp.nextHop('192.0.2.9')];
  const announce = bgp.update({ attributes, nlri: bgp.nlri(PREFIX) });
  for (let i = 0; i < 7; i++) source.send(announce, bgp.update({ withdrawn: bgp.nlri(PREFIX) }));
  source.send(announce);
  const path = await waitFor(
    'the route is suppressed',
    () => pathOf(),
    (found) => found?.unusable?.includes('RFC 2439') === true,
  );
  expect(path?.best).toBe(false);
  expect(listener.routes.has(PREFIX)).toBe(false);
  expect(await daemon.commandLine('show', 'damped')).toMatchObject([
    { prefix: PREFIX, peer: '127.1.0.1', flaps: 7, suppressed: true },
  ]);
  await daemon.commandLine('undamp', PREFIX);
  await waitFor(
    'the listener has the route',
    () => listener.routes.has(PREFIX),
    (has) => has,
  );
  expect(await daemon.commandLine('show', 'damped')).toEqual([]);
});

async function pathOf(): Promise<PathView | undefined> {
  const [route] = (await daemon.commandLine('show', 'rib', PREFIX)) as RibView[];
  return route?.paths[0];
}
