/** The demo, as a user starts it: in namespaces of its own, and on loopback. */
import { existsSync } from 'node:fs';
import { reflectordProgram } from '../lab/build.ts';
import { Lab } from '../lab/namespace.ts';
import { exec } from '../lab/process.ts';
import { describeAsRoot } from '../lab/requirements.ts';

const TOLD_HOST_1 = ['10.1.2.0/26', '203.0.113.0/24', '2001:db8:1:2::/64', '2001:db8:f::/48'];
const SOCKET = /REFLECTORD_SOCKET=(\S+)/;

/** What both ways of running it show. */
function expectShown(text: string): void {
  const told = text.slice(text.indexOf('HOST-1 was told of'), text.indexOf('HOST-2 was told of'));
  for (const prefix of TOLD_HOST_1) expect(told).toContain(prefix);
  expect(told).not.toContain('10.1.1.0/26');
  expect(text).toContain('host-1 took 10.1.1.0/26 back: gone everywhere');
  expect(existsSync(SOCKET.exec(text)?.[1] ?? '/')).toBe(false);
}

describeAsRoot([], 'the demo', () => {
  test('reflects between namespaces, installs kernel routes, and leaves nothing behind', async () => {
    const text = await exec(process.execPath, [reflectordProgram(), 'demo', '--once']);
    expectShown(text);
    expect(text).toMatch(/10\.1\.1\.0\/26 .*via 192\.0\.2\.11 dev br0/);
    const tag = /rdemo-[0-9a-f]+/.exec(text)?.[0] as string;
    expect(await exec('ip', ['netns', 'list'])).not.toContain(tag);
  }, 60_000);

  test('runs on loopback addresses where it may not make namespaces, and says that the kernel part is a dry run', async () => {
    const lab = new Lab();
    try {
      const host = await lab.host('demo', 1);
      const text = await host.exec(process.execPath, [reflectordProgram(), 'demo', '--once', '--loopback']);
      expectShown(text);
      expect(text).toContain('dry run (asked for loopback)');
    } finally {
      await lab.close();
    }
  }, 60_000);
});
