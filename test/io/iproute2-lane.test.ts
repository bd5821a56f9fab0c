/** Workers against programs that behave badly; the real `ip` is in iproute2-kernel.test.ts. */
import { BatchWorker } from '../../src/io/iproute2/batch-worker.ts';
import { Lane } from '../../src/io/iproute2/lane.ts';

/**
 * A stand-in for `ip -batch`: fails lines with a 'bad' in them, ends at 'exit', never answers 'hang', dies at 'die'.
 */
const SCRIPT = `
  let n = 0;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    n++;
    if (line.startsWith('exit')) { process.stderr.write('Error: no such word: ' + line + '\\n'); process.exit(1); }
    if (line.startsWith('die')) process.kill(process.pid, 'SIGKILL');
    if (line.startsWith('hang')) for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (line.includes('bad')) process.stderr.write('Reason one\\nReason two\\nCommand failed -:' + n + '\\n');
    if (line.startsWith('end-of-block')) process.stderr.write('Object unknown\\nCommand failed -:' + n + '\\n');
    if (line.startsWith('noise')) process.stdout.write('x'.repeat(1e6));
  });`;

const lanes: Lane[] = [];

function lane(command: readonly string[] = [process.execPath, '-e', SCRIPT, '--'], timeoutMs = 20_000): Lane {
  const made = new Lane({ command, familyFlag: '-4', timeoutMs });
  lanes.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(lanes.splice(0).map((one) => one.close()));
});

test('a failed line is named with all the words about it, across blocks', async () => {
  const one = lane();
  const [first, second, third] = await Promise.all([
    one.submit(['a', 'bad', 'c']),
    one.submit(['bad', 'b']),
    one.submit(['a', 'b']),
  ]);
  const words = 'Reason one; Reason two';
  expect(first).toEqual({ kind: 'done', errors: [null, words, null] });
  expect(second).toEqual({ kind: 'done', errors: [words, null] });
  expect(third).toEqual({ kind: 'done', errors: [null, null] });
});

test('a line that ends the worker is found, and the others are done', async () => {
  const result = await lane().submit(['a', 'b', 'bad', 'exit 7', 'e', 'f']);
  expect(result).toEqual({
    kind: 'done',
    errors: [null, null, 'Reason one; Reason two', 'Error: no such word: exit 7', null, null],
  });
}, 20_000);

test('what a worker prints to stdout does not stop it', async () => {
  expect(await lane().submit(['noise', 'noise', 'noise'])).toEqual({ kind: 'done', errors: [null, null, null] });
});

test('a worker that hangs is killed, which is said of all blocks at once, and the next block has another', async () => {
  const one = lane(undefined, 500);
  const many = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
  const results = await Promise.all([one.submit(['a', 'hang', ...many]), one.submit(['b'])]);
  const reason = 'ip did not answer for 0.5 s and was killed';
  expect(results).toEqual(results.map(() => ({ kind: 'unavailable', reason })));
  expect(await one.submit(['a', 'bad'])).toEqual({ kind: 'done', errors: [null, 'Reason one; Reason two'] });
}, 20_000);

test('a worker that is killed from outside is followed by another that does its lines again', async () => {
  const one = lane();
  await one.submit([]);
  const before = await one.pid();
  const result = one.submit(['a', 'b', 'c']);
  process.kill(before as number, 'SIGKILL');
  expect(await result).toEqual({ kind: 'done', errors: [null, null, null] });
  expect(await one.submit(['d'])).toEqual({ kind: 'done', errors: [null] });
});

test('a renewed lane finishes what it has and goes on with a new process', async () => {
  const one = lane();
  await one.submit([]);
  const before = await one.pid();
  const under = one.submit(['a', 'bad']);
  await one.renew();
  expect(await under).toEqual({ kind: 'done', errors: [null, 'Reason one; Reason two'] });
  expect(await one.submit(['a'])).toEqual({ kind: 'done', errors: [null] });
  expect(await one.pid()).not.toBe(before);
});

test('a program that is not there makes the lane unavailable, with the reason', async () => {
  const result = await lane(['/nonexistent/ip']).submit(['a']);
  expect(result).toEqual({ kind: 'unavailable', reason: 'spawn /nonexistent/ip ENOENT' });
});

test('a program that ends at once makes the lane unavailable, in its words', async () => {
  const result = await lane(['sh', '-c', 'echo Cannot open rtnetlink >&2; exit 1']).submit(['a', 'b']);
  expect(result).toEqual({ kind: 'unavailable', reason: 'Cannot open rtnetlink' });
});

test('a closed lane is unavailable', async () => {
  const one = lane();
  await one.close();
  expect(await one.submit(['a'])).toEqual({ kind: 'unavailable', reason: 'closed' });
});

test('a worker that has ended answers at once', async () => {
  const worker = new BatchWorker({ command: ['false'], familyFlag: '-4', timeoutMs: 1000 });
  await worker.closed;
  expect(worker.usable).toBe(false);
  expect(await worker.submit(['a'])).toEqual({ kind: 'died', words: '' });
});
