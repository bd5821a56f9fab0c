/** The commands of the command line that a running daemon answers: one row each. */
import type { CommandArguments, CommandItems, CommandName } from '../engine/api/commands.ts';
import { writeBfd } from './pages/bfd.ts';
import { writeDamped } from './pages/damped.ts';
import { writeTold } from './pages/explain.ts';
import { writeFib } from './pages/fib.ts';
import { writeCut, writeGroups } from './pages/groups.ts';
import { writeMemory } from './pages/memory.ts';
import { writePeer } from './pages/peer.ts';
import { writePeers } from './pages/peers.ts';
import { writeRefused } from './pages/refused.ts';
import { reloadExitCode, writeReload } from './pages/reload.ts';
import { writeRib, writeRoute } from './pages/rib.ts';
import { writeDone, writeStatus } from './pages/status.ts';
import type { Output } from './text/output.ts';

/** What stood on the command line: the operand, and the options by their names. */
export interface Asked {
  readonly operand: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ControlRow<C extends CommandName = CommandName> {
  /** Name on the command line and on the control socket. */
  readonly name: C;
  readonly summary: string;
  /** As commander writes it: `<peer>` is required, `[prefix]` is not. */
  readonly operand?: { readonly usage: string; readonly help: string };
  readonly options?: readonly { readonly flags: string; readonly help: string }[];
  readonly arguments: (asked: Asked) => CommandArguments[C];
  /** What an item says of how it went; default: EXIT.ok. */
  readonly exitCode?: (item: CommandItems[C]) => number;
  readonly page: (items: AsyncIterable<CommandItems[C]>, output: Output, asked: Asked) => Promise<void>;
}

const PEER = { usage: '<peer>', help: 'address of a peer, or its description' };
const MESSAGE = { flags: '--message <text>', help: "words for the peers' operators, of at most 255 octets (RFC 9003)" };
const FAMILY = { flags: '--family <family>', help: 'only this family, such as ipv4-unicast' };

function row<C extends CommandName>(row: ControlRow<C>): ControlRow {
  return row as unknown as ControlRow;
}

const none = () => ({});

export const CONTROL_ROWS: readonly ControlRow[] = [
  row({ name: 'status', summary: 'the daemon at a glance', arguments: none, page: writeStatus }),
  row({ name: 'show peers', summary: 'all peers, a line each', arguments: none, page: writePeers }),
  row({
    name: 'show peer',
    summary: 'everything about one peer',
    operand: PEER,
    arguments: ({ operand }) => ({ peer: operand ?? '' }),
    page: writePeer,
  }),
  row({
    name: 'show rib',
    summary: 'routes: all, those of a prefix, or those that an address takes (longest match)',
    operand: { usage: '[prefix]', help: 'a prefix, or an address' },
    options: [FAMILY, { flags: '--peer <peer>', help: 'only paths from this peer' }],
    arguments: ({ operand, options }) => present({ target: operand, family: options.family, peer: options.peer }),
    page: (items, output, { operand }) =>
      operand === undefined ? writeRib(items, output) : writeRoute(items, output, operand),
  }),
  row({
    name: 'explain',
    summary: 'who is told of a prefix, and why the others are not',
    operand: { usage: '<prefix>', help: 'a prefix, such as 10.1.0.0/16' },
    options: [{ flags: '--peer <peer>', help: 'only this peer' }],
    arguments: ({ operand, options }) => present({ prefix: operand ?? '', peer: options.peer }),
    page: writeTold,
  }),
  row({
    name: 'show fib',
    summary: "routes that are wanted of the kernel, and the kernel's answers",
    options: [{ flags: '--failed', help: 'only those that the kernel refused' }],
    arguments: ({ options }) => present({ failed: options.failed }),
    page: writeFib,
  }),
  row({ name: 'show groups', summary: 'update groups and their members', arguments: none, page: writeGroups }),
  row({
    name: 'show cut',
    summary: 'prefixes with more paths than ADD-PATH sends (`add-path` limit)',
    arguments: none,
    page: writeCut,
  }),
  row({ name: 'show bfd', summary: 'BFD with the peers that have it, a line each', arguments: none, page: writeBfd }),
  row({
    name: 'show damped',
    summary: 'prefixes that have flapped, and until when they are suppressed (RFC 2439)',
    options: [{ flags: '--peer <peer>', help: 'only those of this peer' }],
    arguments: ({ options }) => present({ peer: options.peer }),
    page: writeDamped,
  }),
  row({
    name: 'undamp',
    summary: 'forget that prefixes have flapped: what was suppressed is used again',
    operand: { usage: '[prefix]', help: 'a prefix; without it all of them' },
    options: [{ flags: '--peer <peer>', help: 'only those of this peer' }],
    arguments: ({ operand, options }) => present({ prefix: operand, peer: options.peer }),
    page: writeDone,
  }),
  row({
    name: 'show refused',
    summary: 'addresses whose connections were turned away last, and why',
    arguments: none,
    page: writeRefused,
  }),
  row({ name: 'show memory', summary: 'memory by table', arguments: none, page: writeMemory }),
  row({
    name: 'refresh',
    summary: 'ask a peer for its routes again (RFC 2918)',
    operand: PEER,
    options: [FAMILY],
    arguments: ({ operand, options }) => present({ peer: operand ?? '', family: options.family }),
    page: writeDone,
  }),
  row({
    name: 'reset',
    summary: 'close the session with a peer; it comes back',
    operand: PEER,
    options: [MESSAGE],
    arguments: ({ operand, options }) => present({ peer: operand ?? '', message: options.message }),
    page: writeDone,
  }),
  row({
    name: 'drain',
    summary: 'send all routes with GRACEFUL_SHUTDOWN (RFC 8326), so that packets go elsewhere before this router stops',
    operand: { usage: '[peer]', help: 'address of a peer, or its description; without it all of them' },
    arguments: ({ operand }) => present({ peer: operand }),
    page: writeDone,
  }),
  row({
    name: 'undrain',
    summary: 'send routes as usual again',
    operand: { usage: '[peer]', help: 'address of a peer, or its description; without it all of them' },
    arguments: ({ operand }) => present({ peer: operand }),
    page: writeDone,
  }),
  row({
    name: 'reload',
    summary: 'read the configuration again, as SIGHUP does, and say what that changed',
    arguments: none,
    exitCode: reloadExitCode,
    page: writeReload,
  }),
  row({
    name: 'stop',
    summary: 'stop the daemon in an orderly way; peers with graceful restart keep its routes for a while',
    options: [{ flags: '--final', help: 'no restart follows: peers are told to give the routes up at once' }, MESSAGE],
    arguments: ({ options }) => present({ final: options.final, message: options.message }),
    page: writeDone,
  }),
];

/** The object without what is undefined. */
function present<T>(values: { readonly [K in keyof NoInfer<T>]: unknown }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
