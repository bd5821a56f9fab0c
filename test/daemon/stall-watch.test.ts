/** A stall of the event loop names the peers whose input may have caused it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { watchStalls } from '../../src/daemon/health/stall-watch.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import { allConnectionsClosed } from '../../src/io/net/connection.ts';
import { takeInputShare } from '../../src/io/net/input-share.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { accepting, LOCAL4, Recorder } from '../io/net-support.ts';
import { eventually } from '../lab/wait-for.ts';

test('names whose input took longest, and who sent most', async () => {
  await loadLibc();
  const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
  const from = async (localAddress: string) => {
    const theirs = connect({ port: listener.bound[0]!.port, host: '127.0.0.1', localAddress });
    theirs.on('error', () => {});
    const handler = new Recorder(await next());
    return { theirs, handler };
  };
  const slow = await from('127.0.0.2');
  const busy = await from('127.0.0.3');
  slow.handler.onEach = () => {
    const untilMs = performance.now() + 1350;
    while (performance.now() < untilMs);
  };
  const events: EngineEvent[] = [];
  const clock = { nowMs: () => performance.now(), wallMs: () => 0 };
  takeInputShare();
  busy.theirs.write(Buffer.alloc(5000));
  await busy.handler.received(5000);
  const unwatch = watchStalls(clock, { emit: (event) => events.push(event) });
  slow.theirs.write('x');
  await eventually('the stall is seen', () => expect(events).toHaveLength(1));
  unwatch();
  expect(events[0]).toMatchObject({
    name: 'daemon.stalled',
    work: 'input',
    slowest: '127.0.0.2',
    busiest: '127.0.0.3',
    busiestOctets: 5000,
  });
  const { slowestMs, stallMs, workMs } = events[0] as Extract<EngineEvent, { name: 'daemon.stalled' }>;
  expect(slowestMs).toBeGreaterThanOrEqual(1350);
  expect(workMs).toBeGreaterThanOrEqual(1350);
  expect(stallMs).toBeGreaterThanOrEqual(1000);
  const closed = Promise.all([once(slow.theirs, 'close'), once(busy.theirs, 'close')]);
  slow.theirs.destroy();
  busy.theirs.destroy();
  await closed;
  await listener.close();
  await allConnectionsClosed();
});
