/** What `show peer` and `show peers` say of BFD. */
import { Writable } from 'node:stream';
import { bfdFacts, writeBfd } from '../../src/cli/pages/bfd.ts';
import { writePeers } from '../../src/cli/pages/peers.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { BfdView } from '../../src/engine/api/bfd-views.ts';
import { BFD_SESSIONS, LEAF } from './views.ts';

const UP: BfdView = BFD_SESSIONS[0]!;

async function* items<T>(...all: readonly T[]) {
  yield* all;
}

async function written(write: (output: Output) => Promise<void>): Promise<string> {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const output = new Output(stream);
  await write(output);
  await output.flush();
  return text;
}

const facts = (bfd: BfdView | null) => Object.fromEntries(bfdFacts(bfd, new Output(process.stdout)));

test('a peer without it has no line', async () => {
  expect(facts(null)).toEqual({});
  expect(await written((output) => writeBfd(items(), output))).toBe('no peer has BFD\n');
});

test.each<[Partial<BfdView>, string]>([
  [{}, 'Up for 10m00s, single hop, from 10.99.0.1'],
  [
    { state: 'Down', diag: 'control detection time expired', remote: null },
    'Down (control detection time expired), no answer for 10m00s, single hop, from 10.99.0.1',
  ],
  [
    { state: 'Down', remote: { ...UP.remote!, state: 'AdminDown' } },
    'Down (the peer is AdminDown) for 10m00s, single hop, from 10.99.0.1',
  ],
  [
    { state: 'none', problem: 'UDP port 3784 is in use' },
    'cannot run: UDP port 3784 is in use, single hop, from 10.99.0.1',
  ],
  [{ state: 'none', sinceSeconds: null, localAddress: null }, 'starts when the session is established'],
])('its state with %j', (over, text) => {
  expect(facts({ ...UP, ...over }).BFD).toBe(text);
});

test('a multihop session shows its minimum TTL, if there is one', () => {
  const far = { ...UP, multihop: true };
  expect(facts({ ...far, minTtl: 250 })['BFD timers']).toContain('multiplier 3; minimum TTL 250');
  expect(facts({ ...far, minTtl: 1 })['BFD timers']).not.toContain('TTL');
});

test('a session that is up, and its BFD is not, is noted among all peers', async () => {
  const [ipv4] = LEAF.families;
  const bfd: BfdView = { ...UP, state: 'Down', diag: 'neighbor signaled session down', remote: null };
  const page = await written((output) => writePeers(items({ ...LEAF, families: [ipv4!], bfd }), output));
  expect(page).toContain('BFD Down (neighbor signaled session down), no answer\n');
});
