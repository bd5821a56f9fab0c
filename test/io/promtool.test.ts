/** The metrics page as Prometheus' own linter reads it. */
import { spawnSync } from 'node:child_process';
import { renderMetrics } from '../../src/io/metrics/exposition.ts';
import { createRegistry } from '../../src/io/metrics/registry.ts';
import { daemon } from '../lab/daemons.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import { EXPOSITION, fakePeer, fakeReadings } from './metrics-source.ts';

jest.setTimeout(60_000);

/** What promtool says of a page: its exit code, and its complaints a line each. */
function lint(page: string): { code: number | null; complaints: string[] } {
  const { env, program } = daemon('promtool');
  const { status, stdout, stderr } = spawnSync(program('usr/bin/promtool'), ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { code: status, complaints: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
}

describeWithDaemons(['promtool'], 'promtool check metrics', () => {
  test.each([
    ['', EXPOSITION],
    [' with the names of other exporters', { ...EXPOSITION, names: ['reflectord', 'frr', 'bird'] as const }],
  ])('has nothing to say of the page, metrics of the process included%s', async (_, exposition) => {
    const readings = fakeReadings([fakePeer(1), fakePeer(2, 'Active')]);
    let page = '';
    for await (const piece of renderMetrics(createRegistry(readings), readings.source, exposition)) page += piece;
    expect(lint(page)).toEqual({ code: 0, complaints: [] });
  });

  test('complains of what it should', () => {
    expect(lint('# TYPE some_total gauge\nsome_total 1\n').code).not.toBe(0);
  });
});
