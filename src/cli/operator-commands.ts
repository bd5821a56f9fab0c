/** The commands for operating a running daemon: one row each. */
import { resolve } from 'node:path';
import { FAMILY, MESSAGE, none, PEER, present, row } from './control-row.ts';
import { writeConfig } from './pages/config.ts';
import { writeCapture } from './pages/operate/capture.ts';
import { doctorExitCode, writeDoctor } from './pages/operate/doctor.ts';
import { writeEvents } from './pages/operate/events.ts';
import { planExitCode, writePlan } from './pages/operate/plan.ts';
import { reloadExitCode, writeReload } from './pages/operate/reload.ts';
import { writeDone } from './pages/status.ts';
import { numberOf } from './text/units.ts';

/** Events that are shown if the command line limits them in no other way. */
const LAST_EVENTS = 100;

export const OPERATOR_ROWS = [
  row({
    name: 'show events',
    summary: 'what happened: sessions, notifications, reloads, limits, kernel faults, commands; also before a restart',
    options: [
      { flags: '--peer <peer>', help: 'only events of this peer: its address, or its description' },
      {
        flags: '--since <time>',
        help: 'only events since then: an age such as 30m, 1h or 2d, or 2026-03-01T12:00:00Z',
      },
      {
        flags: '--type <type>',
        help: 'session, notification, flap, limit, reload, kernel, command or daemon, or the name of an event',
      },
      {
        flags: '--last <n>',
        help: `only the last n events (the default is ${LAST_EVENTS}, without --since or --after)`,
      },
      { flags: '--after <cursor>', help: 'only events after this cursor, which --json shows' },
      { flags: '--follow', help: 'continue with further events as they happen' },
    ],
    arguments: ({ options: { peer, since, type, last, after, follow } }) => {
      const isLimited = since !== undefined || after !== undefined;
      const count = last ?? (isLimited ? undefined : LAST_EVENTS);
      return present({ peer, since, type, follow, last: numberOf(count), after: numberOf(after) });
    },
    page: writeEvents,
  }),
  row({
    name: 'show config',
    summary: 'the configuration in force as YAML, with the line of each value, and the defaults as comments',
    operand: { usage: '[peer]', help: 'only the settings of this peer, also those of its group' },
    arguments: ({ operand }) => present({ peer: operand }),
    page: writeConfig,
  }),
  row({
    name: 'doctor',
    summary: 'check the host and the daemon, and say why each session that is down is down and who has to change what',
    options: [
      { flags: '--bundle <file>', help: 'also write all that shows the fault to a .tar.gz, without passwords' },
    ],
    arguments: none,
    exitCode: doctorExitCode,
    page: (items, output, { options: { bundle, socket } }) =>
      writeDoctor(items, output, bundle === undefined ? null : String(bundle), String(socket)),
  }),
  row({
    name: 'capture',
    summary: 'write the messages of a peer to a file that Wireshark opens, from now on, also of its next sessions',
    operand: PEER,
    moreOperands: [{ usage: '<file>', help: 'the file, such as leaf1.pcap; it is replaced' }],
    options: [
      { flags: '--seconds <n>', help: 'end after this time (the default is 60)' },
      { flags: '--octets <n>', help: 'end after so many octets of messages (the default is 10,000,000)' },
    ],
    arguments: ({ operand, options: { seconds, octets } }) =>
      present({ peer: operand ?? '', seconds: numberOf(seconds), octets: numberOf(octets) }),
    page: (items, output, { operands: [, file = ''] }) => writeCapture(items, output, file),
  }),
  row({
    name: 'plan',
    summary: 'what a reload of another configuration would do: which sessions are reset and why, what needs a restart',
    operand: { usage: '<config>', help: 'the other configuration, which the daemon must be able to read' },
    arguments: ({ operand }) => ({ file: resolve(operand ?? '') }),
    exitCode: planExitCode,
    page: writePlan,
  }),
  row({
    name: 'reload',
    summary: 'read the configuration again, as SIGHUP does, and report what changed',
    options: [
      { flags: '--force', help: 'also a change that the guard refuses' },
      { flags: '--confirm <seconds>', help: 'take the change back after this time, unless it is confirmed' },
      { flags: '--confirmed', help: 'confirm the change, so that it stays' },
      { flags: '--undo', help: 'bring back the configuration before the last reload; the file is not changed' },
    ],
    arguments: ({ options: { force, confirm, confirmed, undo } }) =>
      present({ force, confirm: numberOf(confirm), confirmed, undo }),
    exitCode: reloadExitCode,
    page: writeReload,
  }),
  row({
    name: 'reset',
    summary: 'reset the session with a peer, a group or all; it is established again',
    operand: { usage: '[peer]', help: PEER.help },
    options: [
      { flags: '--group <group>', help: 'the peers of this group of the configuration, 25 each second' },
      { flags: '--all', help: 'all peers, 25 each second; the end of this command ends it' },
      MESSAGE,
    ],
    arguments: ({ operand, options: { group, all, message } }) => present({ peer: operand, group, all, message }),
    page: writeDone,
  }),
  row({
    name: 'disable',
    summary: 'keep a peer down until it is enabled, also after a reload or a restart',
    operand: PEER,
    options: [MESSAGE],
    arguments: ({ operand, options }) => present({ peer: operand ?? '', message: options.message }),
    page: writeDone,
  }),
  row({
    name: 'enable',
    summary: 'end the effect of `disable`',
    operand: PEER,
    arguments: ({ operand }) => ({ peer: operand ?? '' }),
    page: writeDone,
  }),
  row({
    name: 'clear',
    summary: 'exchange routes with a peer again without a reset of the session',
    operand: PEER,
    moreOperands: [
      {
        usage: '<direction>',
        help: 'in: request its routes; out: advertise all routes to it; soft: both',
        choices: ['in', 'out', 'soft'],
      },
    ],
    options: [FAMILY],
    arguments: ({ operands: [peer = '', direction], options: { family } }) => present({ peer, direction, family }),
    page: writeDone,
  }),
];
