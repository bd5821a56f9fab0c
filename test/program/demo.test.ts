/** The demo, as a user starts it: in namespaces of its own, and on loopback. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { reflectordProgram } from '../lab/build.ts';
import { Lab } from '../lab/namespace.ts';
import { exec } from '../lab/process.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const SOCKET = /REFLECTORD_SOCKET=(\S+)/;

/** What both ways of running it show. */
function expectShown(text: string): void {
  expect(text).toMatch(/^10\.1\.1\.0\/26 +host-1 +192\.0\.2\.11 +own +yes +yes /m);
  expect(text).toMatch(/^10\.1\.2\.0\/26 +host-2 +192\.0\.2\.12 +yes +own +yes /m);
  expect(text).toMatch(/^2001:db8:f::\/48 +switch +2001:db8::21 +yes +yes +own /m);
  expect(text).toContain('host-1 withdrew 10.1.1.0/26: removed by every speaker');
  expect(existsSync(SOCKET.exec(text)?.[1] ?? '/')).toBe(false);
  const picture = text.slice(0, text.indexOf('host-1 withdrew')).split('\n');
  expect(picture.length).toBeLessThanOrEqual(24);
  // Paths are as long as they are.
  for (const line of picture.filter((each) => !each.startsWith('  '))) expect(line.length).toBeLessThanOrEqual(80);
  const program = /^ {2}node (\S+) show peers$/m.exec(text)?.[1];
  expect([program, existsSync(program ?? '')]).toEqual([program, true]);
}

/** What of the demo is there: the folder with its socket, processes that have its configuration, its namespaces. */
async function remains(text: string): Promise<string[]> {
  const folder = dirname(SOCKET.exec(text)?.[1] as string);
  const tag = /rdemo-[0-9a-f]+/.exec(text)?.[0] as string;
  const processes = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
  const netns = await exec('ip', ['netns', 'list']);
  return [...(existsSync(folder) ? [folder] : []), ...processes, ...(netns.includes(tag) ? [tag] : [])];
}

describeAsRoot([], 'the demo', () => {
  test('reflects between namespaces, installs kernel routes, and leaves nothing behind', async () => {
    const text = await exec(process.execPath, [reflectordProgram(), 'demo', '--once']);
    expectShown(text);
    expect(text).toMatch(/^10\.1\.1\.0\/26 .* installed$/m);
    const tag = /rdemo-[0-9a-f]+/.exec(text)?.[0] as string;
    expect(await exec('ip', ['netns', 'list'])).not.toContain(tag);
  }, 60_000);

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGPIPE and a closed pipe'] as const)(
    'takes everything down after %s',
    async (how) => {
      const child = spawn(process.execPath, [reflectordProgram(), 'demo'], { stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const exited = once(child, 'exit');
      await eventually('the picture is there', async () => expect(text).toContain('Established'), 30_000);
      expect((await remains(text)).length).toBeGreaterThan(2);
      if (how === 'SIGPIPE and a closed pipe') {
        child.stdout.destroy();
        child.kill('SIGPIPE');
      } else {
        child.kill(how);
      }
      await exited;
      expect(await remains(text)).toEqual([]);
    },
    60_000,
  );

  test('runs on loopback addresses where it may not make namespaces, and says that the kernel part is a dry run', async () => {
    const lab = new Lab();
    try {
      const host = await lab.host('demo', 1);
      const text = await host.exec(process.execPath, [reflectordProgram(), 'demo', '--once', '--loopback']);
      expectShown(text);
      expect(text).toContain('dry run (option --loopback)');
    } finally {
      await lab.close();
    }
  }, 60_000);
});
