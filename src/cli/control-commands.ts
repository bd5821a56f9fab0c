/** The commands that a running daemon answers: one row each. */
import { resolve } from 'node:path';
import { PEER_SORT_KEYS, PEER_STATES } from '../engine/api/peer-views.ts';
import { type ControlRow, FAMILY, MESSAGE, none, PEER, present, row } from './control-row.ts';
import { OPERATOR_ROWS } from './operator-commands.ts';
import { writeBfd } from './pages/bfd.ts';
import { writeExplain } from './pages/explain.ts';
import { writeCut, writeGroups } from './pages/groups.ts';
import { writeMemory } from './pages/memory.ts';
import { writePeers } from './pages/peers.ts';
import { writePolicies, writePolicyTest } from './pages/policies.ts';
import { diffExitCode, writeDiff } from './pages/policy-diff.ts';
import { writeRefused } from './pages/refused.ts';
import { writeAttributeSets } from './pages/routes/attribute-sets.ts';
import { writeDamped } from './pages/routes/damped.ts';
import { writeFib } from './pages/routes/fib.ts';
import { writeNextHops } from './pages/routes/next-hops.ts';
import { writeDone, writeStatus } from './pages/status.ts';
import { SHOW_PEER, SHOW_RIB } from './route-commands.ts';
import { WATCH_ROWS } from './watch-commands.ts';

export const CONTROL_ROWS: readonly ControlRow[] = [
  row({ name: 'status', summary: 'summary of the daemon and its health', arguments: none, page: writeStatus }),
  row({
    name: 'show peers',
    summary: 'peers, one line each',
    options: [
      {
        flags: '--state <state>',
        help: 'only peers in this state; down: all that are not established',
        choices: PEER_STATES,
      },
      { flags: '--group <group>', help: 'only peers of this group' },
      { flags: '--sort <key>', help: 'the order; the default is by address', choices: PEER_SORT_KEYS },
    ],
    arguments: ({ options: { state, group, sort } }) => present({ state, group, sort }),
    page: writePeers,
  }),
  SHOW_PEER,
  SHOW_RIB,
  row({
    name: 'explain',
    summary: 'which peers a prefix is advertised to, and why not to the others',
    operand: { usage: '<prefix>', help: 'a prefix, such as 10.1.0.0/16, or a route as `show rib` shows it' },
    options: [
      FAMILY,
      { flags: '--peer <peer>', help: 'only this peer' },
      { flags: '--from <peer>', help: 'only paths learned from this peer' },
      {
        flags: '--route <route>',
        help: 'what the policies would do to a route from --from with these attributes, such as "as-path: 65001, med: 5"',
      },
      { flags: '--all-paths', help: 'with --json: all paths, not only the advertised ones and the first 100 others' },
    ],
    arguments: ({ operand, options: { peer, from, route, family, allPaths } }) =>
      present({ prefix: operand ?? '', peer, from, route, family, allPaths }),
    page: writeExplain,
  }),
  row({
    name: 'show fib',
    summary: 'routes for the kernel table and their state',
    options: [{ flags: '--failed', help: 'only routes that the kernel rejected' }],
    arguments: ({ options }) => present({ failed: options.failed }),
    page: writeFib,
  }),
  row({
    name: 'show nexthops',
    summary: 'next hops of received routes: how the kernel reaches them, and how many paths they have',
    options: [{ flags: '--unreachable', help: 'only next hops that are unreachable, with the reason' }],
    arguments: ({ options }) => present({ unreachable: options.unreachable }),
    page: writeNextHops,
  }),
  row({
    name: 'show attributes',
    summary: 'attribute sets of the paths: how many, the largest, and the most used',
    arguments: none,
    page: writeAttributeSets,
  }),
  row({ name: 'show groups', summary: 'update groups and their members', arguments: none, page: writeGroups }),
  row({
    name: 'show cut',
    summary: 'prefixes with more paths than the `add-path` limit advertises',
    arguments: none,
    page: writeCut,
  }),
  row({ name: 'show bfd', summary: 'BFD sessions, one line each', arguments: none, page: writeBfd }),
  row({
    name: 'show policies',
    summary: 'rules of the policies, and the routes held whose import ended at each',
    arguments: none,
    page: writePolicies,
  }),
  row({
    name: 'policy test',
    summary: 'run a policy, or the import of a peer or group, on a given route or on all routes in the tables',
    operand: { usage: '<policy>', help: 'name of a policy, a group, or a peer' },
    options: [
      { flags: '--route <route>', help: 'a route, such as "prefix: 10.1.0.0/16, as-path: 65001 65002"' },
      { flags: '--live', help: 'all routes in the tables: how many end at each rule (the default)' },
      { flags: '--to', help: 'the export to the peer or group, not the import from it' },
    ],
    arguments: ({ operand, options: { route, to } }) => present({ subject: operand ?? '', route, to }),
    page: writePolicyTest,
  }),
  row({
    name: 'policy diff',
    summary: 'what another configuration would change for the routes in the tables, without applying it',
    operand: { usage: '<config>', help: 'the other configuration' },
    options: [{ flags: '--all', help: 'list all routes that differ, not only the first 10 of each peer and group' }],
    arguments: ({ operand, options: { all, json } }) =>
      present({ file: resolve(operand ?? ''), all, progress: json === true ? undefined : true }),
    exitCode: diffExitCode,
    page: (items, output, { options: { all } }) => writeDiff(items, output, all === true),
  }),
  row({
    name: 'show damped',
    summary: 'prefixes that have flapped, and how long they stay suppressed (RFC 2439)',
    options: [{ flags: '--peer <peer>', help: 'only prefixes from this peer' }],
    arguments: ({ options }) => present({ peer: options.peer }),
    page: writeDamped,
  }),
  row({
    name: 'undamp',
    summary: 'clear the flap history: suppressed prefixes are used again',
    operand: { usage: '[prefix]', help: 'a prefix; the default is all prefixes' },
    options: [{ flags: '--peer <peer>', help: 'only prefixes from this peer' }],
    arguments: ({ operand, options }) => present({ prefix: operand, peer: options.peer }),
    page: writeDone,
  }),
  row({
    name: 'show refused',
    summary: 'addresses whose connections were refused recently, and why',
    arguments: none,
    page: writeRefused,
  }),
  row({ name: 'show memory', summary: 'memory per table', arguments: none, page: writeMemory }),
  row({
    name: 'refresh',
    summary: 'send ROUTE-REFRESH to a peer (RFC 2918)',
    operand: PEER,
    options: [FAMILY],
    arguments: ({ operand, options }) => present({ peer: operand ?? '', family: options.family }),
    page: writeDone,
  }),
  row({
    name: 'drain',
    summary: 'advertise all routes with GRACEFUL_SHUTDOWN (RFC 8326), to move traffic away before this router stops',
    operand: { usage: '[peer]', help: 'address of a peer, or its description; the default is all peers' },
    arguments: ({ operand }) => present({ peer: operand }),
    page: writeDone,
  }),
  row({
    name: 'undrain',
    summary: 'advertise routes without GRACEFUL_SHUTDOWN again',
    operand: { usage: '[peer]', help: 'address of a peer, or its description; the default is all peers' },
    arguments: ({ operand }) => present({ peer: operand }),
    page: writeDone,
  }),
  row({
    name: 'stop',
    summary: 'stop the daemon; peers with graceful restart keep its routes for the restart time',
    options: [{ flags: '--final', help: 'no restart follows: peers remove the routes at once' }, MESSAGE],
    arguments: ({ options }) => present({ final: options.final, message: options.message }),
    page: writeDone,
  }),
  ...OPERATOR_ROWS,
  ...WATCH_ROWS,
];
