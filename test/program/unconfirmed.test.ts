/** A daemon that is killed while a reload waits for its confirmation: what was confirmed is in force after the next start. */
import { reflectordProgram } from '../lab/build.ts';
import { KilledDaemon } from './killed.ts';

jest.setTimeout(60_000);
beforeAll(() => void reflectordProgram(), 180_000);

const daemon = new KilledDaemon();

afterEach(() => daemon.end());

const description = async () => (await daemon.ask('show peers', {}))[0]?.description;
const causes = async () => (await daemon.ask('status', {}))[0]!.health.causes.map(({ cause }) => cause);

test('after kill -9, with the log and health that say so, until a reload accepts the file', async () => {
  await daemon.configure({ description: 'confirmed' });
  await daemon.start();
  await daemon.configure({ description: 'new' });
  await daemon.ask('reload', { confirm: 600 });
  expect(await description()).toBe('new');
  await daemon.kill();
  await daemon.start();
  expect([await description(), await causes()]).toEqual(['confirmed', ['config-undone']]);
  const events = await daemon.ask('show events', { type: 'config.not-accepted' });
  expect(events).toMatchObject([
    { level: 'warn', text: expect.stringContaining('the configuration before is in force') },
  ]);
  await daemon.ask('reload', {});
  expect([await description(), await causes()]).toEqual(['new', []]);
});
