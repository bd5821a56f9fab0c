/** The output of commands. */
import { Writable } from 'node:stream';
import { writeEvents } from '../../src/cli/pages/operate/events.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { KeptEvent } from '../../src/engine/events/kept-events.ts';

test('a command without an end shows each line soon', async () => {
  let seen: (text: string) => void = () => {};
  const shown = new Promise<string>((resolve) => {
    seen = resolve;
  });
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const stream = new Writable({
    write(chunk, _encoding, done) {
      seen(String(chunk));
      done();
    },
  });
  async function* events() {
    const text = 'the session is established';
    yield { time: '2026-03-01T12:00:00.000Z', level: 'info', event: 'peer.established', text } as KeptEvent;
    await ended;
  }
  const page = writeEvents(events(), new Output(stream));
  expect(await shown).toContain('the session is established');
  end();
  await page;
});
