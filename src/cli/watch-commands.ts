/** The commands that show what happens: the history of routes, live views, the messages of a peer, the interfaces. */
import { none, PEER, present, row } from './control-row.ts';
import { writeEvents } from './pages/operate/events.ts';
import { writeInterfaces } from './pages/operate/interfaces.ts';
import { writeHistory } from './pages/routes/history.ts';
import { writeDone } from './pages/status.ts';
import { writeWatchedPeers } from './pages/watch-peers.ts';
import { numberOf } from './text/units.ts';

/** Events before the live ones. */
const LAST_EVENTS = 20;
const WHICH = {
  usage: '[what...]',
  help: 'a prefix, a route, an address (prefixes that contain it), a family; behind a prefix: longer or or-longer',
};
const OF_PEER = { flags: '--peer <peer>', help: 'only changes from or to paths of this peer' };
const wordsOf = (operands: readonly string[]) => (operands.length === 0 ? undefined : operands);

export const WATCH_ROWS = [
  row({
    name: 'show history',
    summary: 'what happened to a prefix and why: the latest changes of best paths, the oldest first',
    operand: WHICH,
    options: [OF_PEER, { flags: '--last <n>', help: 'only the last n changes' }],
    arguments: ({ operands, options: { peer, last } }) =>
      present({ words: wordsOf(operands), peer, last: numberOf(last) }),
    page: (items, output) => writeHistory(items, output),
  }),
  row({
    name: 'watch routes',
    summary: 'changes of best paths as they happen, and why; Ctrl-C ends',
    operand: WHICH,
    options: [OF_PEER],
    arguments: ({ operands, options: { peer } }) => present({ words: wordsOf(operands), peer }),
    page: (items, output) => writeHistory(items, output, true),
  }),
  row({
    name: 'watch peers',
    summary: 'peers and their routes, live: a table on a terminal, one line per change in a pipe; Ctrl-C ends',
    options: [
      { flags: '--group <group>', help: 'only peers of this group' },
      { flags: '--seconds <n>', help: 'time between two looks (the default is 2)' },
    ],
    arguments: ({ options: { group, seconds } }) => present({ group, seconds: numberOf(seconds) }),
    page: writeWatchedPeers,
  }),
  row({
    name: 'debug',
    summary: 'log the messages of a peer, decoded: for 10 minutes, until its session ends, or until `off`',
    operand: PEER,
    moreOperands: [{ usage: '<mode>', help: 'on or off', choices: ['on', 'off'] }],
    options: [{ flags: '--seconds <n>', help: 'end after this time (the default is 600)' }],
    arguments: ({ operands: [peer = '', mode], options: { seconds } }) =>
      present({ peer, mode, seconds: numberOf(seconds) }),
    page: writeDone,
  }),
  row({
    name: 'show interfaces',
    summary: 'interfaces of the host: state, addresses, MTU, the peers on each, and what follows its state',
    arguments: none,
    page: writeInterfaces,
  }),
];

/** `watch events` is `show events --follow`, at a place of its own. */
export const WATCH_EVENTS = row({
  name: 'show events',
  summary: 'events as they happen, after the last ones; Ctrl-C ends',
  pages: false,
  options: [
    { flags: '--peer <peer>', help: 'only events of this peer: its address, or its description' },
    {
      flags: '--type <type>',
      help: 'session, notification, flap, limit, reload, kernel, command or daemon, or the name of an event',
    },
  ],
  arguments: ({ options: { peer, type } }) => present({ peer, type, follow: true, last: LAST_EVENTS }),
  page: writeEvents,
});
