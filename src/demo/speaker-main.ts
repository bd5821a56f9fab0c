/**
 * A speaker as a process of its own: its specification as the first argument, a JSON line on stdout for every change of
 * what it holds, commands as JSON lines on stdin, and its end when stdin closes.
 */
import { createInterface } from 'node:readline';
import { Speaker, type SpeakerSpec } from './speaker.ts';
import type { Announced } from './updates.ts';

/** What the demo asks of a speaker. */
export type SpeakerCommand = { readonly announce: Announced } | { readonly withdraw: string };

const speaker = new Speaker(JSON.parse(process.argv[2]) as SpeakerSpec, (state) => {
  process.stdout.write(`${JSON.stringify(state)}\n`);
});
const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  const command = JSON.parse(line) as SpeakerCommand;
  if ('announce' in command) speaker.announce(command.announce);
  else speaker.withdraw(command.withdraw);
});
commands.on('close', () => speaker.stop());
// The terminal's Ctrl-C goes to the whole group: the demo ends its speakers itself, in order.
process.on('SIGINT', () => {});
speaker.start();
