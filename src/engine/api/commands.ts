/**
 * The commands that the control socket answers, with what they take and what they give.
 *
 *   reflectord show … ─ unix socket ─► control server ─► CommandTable[name].run(arguments) ─► items ─► …
 *
 * No I/O, no timers.
 */
import { z } from 'zod';
import type {
  BfdSessionView,
  CutView,
  DampedView,
  FibView,
  GroupView,
  MemoryView,
  PeerView,
  RefusedView,
  ReloadView,
  RibView,
  StatusView,
  ToldView,
} from './views.ts';

/** Longest text of an argument, in characters; addresses, prefixes and descriptions are shorter. */
const LONGEST_TEXT = 1024;
const text = z.string().min(1).max(LONGEST_TEXT);
const none = z.strictObject({});
/** Of all peers, or of one: its address, or its description where that is unique. */
const perhapsPeer = z.strictObject({ peer: text.exactOptional() });

/** What each command takes, as the command line sends it; an absent argument is not in the object. */
export const COMMAND_ARGUMENTS = {
  status: none,
  'show peers': none,
  /** `peer`: its address, or its description where that is unique. */
  'show peer': z.strictObject({ peer: text }),
  /**
   * `target`: a prefix is looked up exactly, an address by longest match; without it everything is shown.
   * `family`: its name; `peer`: only paths from this peer (a prefix without one is left out); `received`: also the
   * attributes as received.
   */
  'show rib': z.strictObject({ target: text, family: text, peer: text, received: z.boolean() }).partial(),
  /** Who is told of a prefix, and why the others are not: one peer, or all. */
  explain: z.strictObject({ prefix: text, peer: text.exactOptional() }),
  'show fib': z.strictObject({ failed: z.boolean().exactOptional() }),
  'show groups': none,
  /** Prefixes with more paths than ADD-PATH sends. */
  'show cut': none,
  /** BFD of all peers that have it (RFC 5880). */
  'show bfd': none,
  /** Prefixes that have flapped, of one peer or of all (RFC 2439). */
  'show damped': perhapsPeer,
  /** Forgets flaps: of one peer or of all, of one prefix or of all. */
  undamp: z.strictObject({ peer: text.exactOptional(), prefix: text.exactOptional() }),
  /** The addresses whose connections were turned away last. */
  'show refused': none,
  'show memory': none,
  /** Asks the peer for its routes again (ROUTE-REFRESH, RFC 2918), in one family or in all. */
  refresh: z.strictObject({ peer: text, family: text.exactOptional() }),
  /**
   * Closes the session with CEASE / administrative reset; it comes back. `message`: words for the operator of the other side
   * (RFC 9003).
   */
  reset: z.strictObject({ peer: text, message: z.string().max(LONGEST_TEXT).exactOptional() }),
  /** One peer, or all, are told of routes as by a router that is about to go (RFC 8326); and that ends. */
  drain: perhapsPeer,
  undrain: perhapsPeer,
  /** `final`: no restart follows, and peers are to give our routes up; otherwise those that can keep them. */
  stop: z.strictObject({ final: z.boolean().exactOptional(), message: z.string().max(LONGEST_TEXT).exactOptional() }),
  reload: none,
} as const;

export type CommandArguments = { [C in keyof typeof COMMAND_ARGUMENTS]: z.infer<(typeof COMMAND_ARGUMENTS)[C]> };

/**
 * The arguments of a command, checked.
 * @throws CommandError that names what is wrong with the first
 */
export function readArguments<C extends CommandName>(command: C, args: object): CommandArguments[C] {
  const schema: z.ZodObject = COMMAND_ARGUMENTS[command];
  const read = schema.safeParse(args);
  if (read.success) return read.data as CommandArguments[C];
  throw new CommandError(describeIssue(command, schema, read.error.issues[0]!));
}

function describeIssue(command: string, schema: z.ZodObject, issue: z.core.$ZodIssue): string {
  const known = Object.keys(schema.shape);
  const takes = known.length === 0 ? 'no arguments' : known.map((name) => `"${name}"`).join(', ');
  if (issue.code === 'unrecognized_keys')
    return `"${command}" takes no "${issue.keys[0]!.slice(0, 80)}"; it takes ${takes}`;
  const name = `"${String(issue.path[0] ?? '')}" of "${command}"`;
  switch (issue.code) {
    case 'invalid_type':
      return `${name} must be ${issue.expected === 'boolean' ? 'true or false' : 'a text'}`;
    case 'too_small':
      return `${name} must not be empty`;
    case 'too_big':
      return `${name} must have at most ${issue.maximum} characters`;
    default:
      return `${name}: ${issue.message}`;
  }
}

/** What an action did, in words. */
export interface DoneView {
  readonly done: string;
}

/** Items of each command's answer. */
export interface CommandItems {
  status: StatusView;
  'show peers': PeerView;
  'show peer': PeerView;
  'show rib': RibView;
  explain: ToldView;
  'show fib': FibView;
  'show groups': GroupView;
  'show cut': CutView;
  'show bfd': BfdSessionView;
  'show damped': DampedView;
  undamp: DoneView;
  'show refused': RefusedView;
  'show memory': MemoryView;
  refresh: DoneView;
  reset: DoneView;
  drain: DoneView;
  undrain: DoneView;
  stop: DoneView;
  reload: ReloadView;
}

export type CommandName = keyof CommandItems;

/** Commands that change something: each is logged with who gave it. */
export const STATE_CHANGING: ReadonlySet<string> = new Set<CommandName>([
  'undamp',
  'refresh',
  'reset',
  'drain',
  'undrain',
  'reload',
  'stop',
]);

/** The process that gave a command, as the kernel knows it (SO_PEERCRED). */
export interface Caller {
  readonly pid: number;
  readonly uid: number;
}

/** `uid 1000, pid 4711`. */
export function describeCaller(caller: Caller | null): string {
  return caller === null ? 'unknown caller' : `uid ${caller.uid}, pid ${caller.pid}`;
}

/**
 * One command of the control socket. `run` may give millions of items: they are written with back-pressure, and the
 * event loop turns meanwhile, so an iterator must bear changes of what it walks, and gives `undefined`, which is not
 * written, for what it looks at in vain. `signal` tells that the asker left.
 * What it throws becomes the error line of the answer; a `CommandError`'s text is for the asker, anything else is a bug.
 */
export interface ControlCommand {
  run(
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    caller: Caller | null,
  ): Iterable<unknown> | AsyncIterable<unknown>;
}

export type CommandTable = Readonly<Record<string, ControlCommand>>;

/** The asker's mistake (no such peer, not a prefix), told in a sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
