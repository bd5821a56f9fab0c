/** `npm run chaos`, for some seconds: after each fault the kernel and every client hold exactly what they should. */
import { chaos } from '../chaos/chaos.ts';
import { describeAsRoot } from '../lab/requirements.ts';

describeAsRoot(['bird2', 'gobgp'], 'chaos', () => {
  test('a daemon that is killed, lied to and robbed recovers in the promised time', async () => {
    const report = await chaos({
      seconds: 8,
      seed: 1,
      only: ['is killed while', 'removes and replaces', 'malformed', 'does nothing'],
      say: () => {},
      clients: ['bird', 'gobgp'],
      speakers: 3,
      routes: 100,
      diskKiB: 64,
    });
    expect(report.failures).toEqual([]);
    expect(report.outcomes.length).toBeGreaterThan(0);
  }, 240_000);
});
