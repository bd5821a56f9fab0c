/** A configuration that needs more memory than the daemon may use is refused by a reload, and the daemon goes on. */
import { appendFileSync } from 'node:fs';
import { reflectordProgram } from '../lab/build.ts';
import { KilledDaemon } from './killed.ts';

jest.setTimeout(120_000);
beforeAll(() => void reflectordProgram(), 180_000);

const daemon = new KilledDaemon();

afterEach(() => daemon.end());

test('says that it needs more memory, and the configuration before stays', async () => {
  await daemon.configure({ description: 'before' });
  const pid = await daemon.start(['--max-old-space-size=64']);
  await daemon.configure({ description: 'after' });
  const policies = Array.from(
    { length: 40_000 },
    (_, i) => `  p${i}: { rules: [ { name: r, then: accept } ], default: reject }`,
  );
  appendFileSync(daemon.file, `policies:\n${policies.join('\n')}\n`);
  const failed = [expect.stringContaining('it needs more memory than the daemon may use')];
  expect(await daemon.ask('reload', {})).toMatchObject([{ outcome: 'refused', failed }]);
  expect(await daemon.ask('show peers', {})).toMatchObject([{ description: 'before' }]);
  expect((await daemon.ask('status', {}))[0]).toMatchObject({ pid });
});
