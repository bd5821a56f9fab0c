/**
 * A speaker as a separate process: its specification is the first argument. It writes a JSON line to stdout for every
 * change of its state, reads commands as JSON lines from stdin, and ends when stdin closes.
 */
import { createInterface } from 'node:readline';
import { Speaker, type SpeakerSpec } from './speaker.ts';
import type { AdvertisedRoute } from './updates.ts';

/** A command of the demo for a speaker. */
export type SpeakerCommand = { readonly advertise: AdvertisedRoute } | { readonly withdraw: string };

const speaker = new Speaker(JSON.parse(process.argv[2]) as SpeakerSpec, (state) => {
  process.stdout.write(`${JSON.stringify(state)}\n`);
});
const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  const command = JSON.parse(line) as SpeakerCommand;
  if ('advertise' in command) speaker.advertise(command.advertise);
  else speaker.withdraw(command.withdraw);
});
commands.on('close', () => speaker.stop());
// Ctrl-C on the terminal signals the whole process group, but the demo stops its speakers itself, in order.
process.on('SIGINT', () => {});
speaker.start();
