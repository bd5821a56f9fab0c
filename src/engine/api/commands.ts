/**
 * The commands of the control socket, with their arguments and the items of their answers.
 *
 *   reflectord show … ─ unix socket ─► control server ─► CommandTable[name].run(arguments) ─► items ─► …
 */
import { z } from 'zod';
import { longText, MAX_TEXT_LENGTH, MAX_WORDS, none, optionalPeer, text } from './argument-kinds.ts';
import type { BfdSessionView } from './bfd-views.ts';
import type { MemoryView, RefusedView, StatusView } from './daemon-views.ts';
import type { PolicyDiffView } from './diff-views.ts';
import type { ExplainView } from './explain-views.ts';
import {
  CHANGING_OPERATOR_COMMANDS,
  type DoneView,
  OPERATOR_ARGUMENTS,
  type OperatorItems,
} from './operator-commands.ts';
import type { PeerView } from './peer-views.ts';
import { PEER_SORT_KEYS, PEER_STATES } from './peer-views.ts';
import type { PolicyTestView, RuleCountsView } from './policy-views.ts';
import type {
  AdvertisedView,
  AttributeSetsView,
  CutView,
  DampedView,
  FibView,
  GroupView,
  NextHopView,
  RibView,
  RouteCountView,
} from './route-views.ts';
import { WATCH_ARGUMENTS, type WatchItems } from './watch-commands.ts';

/** What routes are searched by. */
const SEARCH = { target: text, family: text, words: z.array(z.string().max(MAX_TEXT_LENGTH)).max(MAX_WORDS) };
const ROUTES = {
  ...SEARCH,
  peer: text,
  received: z.boolean(),
  allPaths: z.boolean(),
  state: z.enum(['usable', 'unusable']),
  rejected: z.boolean(),
  stale: z.boolean(),
  best: z.boolean(),
};

/** The arguments of each command, as the command line sends them; an absent argument is not in the object. */
const COMMAND_ARGUMENTS = {
  status: none,
  /** `state`: only these; `sort`: the default is by address. */
  'show peers': z.strictObject({ state: z.enum(PEER_STATES), group: text, sort: z.enum(PEER_SORT_KEYS) }).partial(),
  /** `peer`: its address, or its description if that is unique. */
  'show peer': z.strictObject({ peer: text }),
  /**
   * `target`: a prefix or a route is looked up exactly, an address by longest match; without a target, the whole table is
   * shown. `family`: its name or short name; `words`: a search as on the command line: a family, a target, filters with
   * their values (`community`, `as-path`, `rd`, ...), and `longer`, `or-longer`, `shorter` or `or-shorter`; `peer`: only
   * paths learned from this peer (prefixes without one are omitted); `received`: also the attributes as received;
   * `allPaths`: all paths of a prefix, not only the first ones; `state`: only paths that can be used, or that cannot;
   * `rejected`, `stale`, `best`: only such paths.
   */
  'show rib': z.strictObject(ROUTES).partial(),
  /** The routes that a peer has been sent, with the attributes as sent. The other arguments are those of `show rib`. */
  'show advertised': z
    .strictObject({ ...SEARCH, peer: text })
    .partial()
    .required({ peer: true }),
  /** The number of routes that `show rib`, or with `advertised` that `show advertised`, shows. */
  'count routes': z.strictObject({ ...ROUTES, advertised: z.boolean() }).partial(),
  /**
   * Which peers a prefix is advertised to, and why it is not advertised to the others: for one peer, or for all.
   * `family`: that of the prefix; `allPaths`: lists all paths of the prefix, not only the first ones.
   */
  explain: z.strictObject({
    prefix: text,
    peer: text.exactOptional(),
    family: text.exactOptional(),
    allPaths: z.boolean().exactOptional(),
    /** Only paths learned from this peer; with `route`, the peer that the route is from. */
    from: text.exactOptional(),
    /** Attributes of a route that no peer has sent, in the notation of `tests`: what the policies would do to it. */
    route: longText.exactOptional(),
  }),
  'show fib': z.strictObject({ failed: z.boolean().exactOptional() }),
  /** `unreachable`: only next hops that paths are unusable for. */
  'show nexthops': z.strictObject({ unreachable: z.boolean().exactOptional() }),
  /** Attribute sets: their number, the 10 largest and the 10 most used ones. */
  'show attributes': none,
  'show groups': none,
  /** Prefixes with more paths than ADD-PATH advertises. */
  'show cut': none,
  /** The BFD sessions of all peers that have BFD (RFC 5880). */
  'show bfd': none,
  'show policies': none,
  /**
   * Runs a policy, or the import of a peer or group (`to`: its export): on one `route` in the notation of `tests`, or without one
   * on all routes in the tables.
   */
  'policy test': z.strictObject({ subject: text, route: longText.exactOptional(), to: z.boolean().exactOptional() }),
  /**
   * What another configuration would change, without applying it. `file`: its absolute path, which the daemon reads;
   * `all`: lists all routes, not only the first ones; `progress`: also reports how far the command is.
   */
  'policy diff': z.strictObject({
    file: z.string().min(1).max(4096).startsWith('/', 'must be an absolute path'),
    all: z.boolean().exactOptional(),
    progress: z.boolean().exactOptional(),
  }),
  /** Prefixes with flaps, of one peer or of all (RFC 2439). */
  'show damped': optionalPeer,
  /** Clears flap penalties: of one peer or of all, of one prefix or of all. */
  undamp: z.strictObject({ peer: text.exactOptional(), prefix: text.exactOptional() }),
  /** The addresses whose connections were refused most recently. */
  'show refused': none,
  'show memory': none,
  /** Requests the routes of the peer again (ROUTE-REFRESH, RFC 2918), for one family or for all. */
  refresh: z.strictObject({ peer: text, family: text.exactOptional() }),
  /** Start and end of graceful shutdown (RFC 8326) toward one peer or all: routes are advertised with the community. */
  drain: optionalPeer,
  undrain: optionalPeer,
  /**
   * `final`: no restart follows, so peers should remove our routes; otherwise peers with graceful restart keep them.
   */
  stop: z.strictObject({
    final: z.boolean().exactOptional(),
    message: z.string().max(MAX_TEXT_LENGTH).exactOptional(),
  }),
  ...OPERATOR_ARGUMENTS,
  ...WATCH_ARGUMENTS,
} as const;

export type CommandArguments = { [C in keyof typeof COMMAND_ARGUMENTS]: z.infer<(typeof COMMAND_ARGUMENTS)[C]> };

/**
 * The validated arguments of a command.
 * @throws CommandError that describes the first invalid argument
 */
export function readArguments<C extends CommandName>(command: C, args: object): CommandArguments[C] {
  const schema: z.ZodObject = COMMAND_ARGUMENTS[command];
  const read = schema.safeParse(args);
  if (read.success) return read.data as CommandArguments[C];
  throw new CommandError(describeIssue(command, schema, read.error.issues[0]!));
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function describeIssue(command: string, schema: z.ZodObject, issue: z.core.$ZodIssue): string {
  const known = Object.keys(schema.shape);
  const takes = known.length === 0 ? 'no arguments' : known.map((name) => `"${name}"`).join(', ');
  if (issue.code === 'unrecognized_keys')
    return `"${command}" has no argument "${issue.keys[0]!.slice(0, 80)}"; it accepts ${takes}`;
  const name = `"${String(issue.path[0] ?? '')}" of "${command}"`;
  switch (issue.code) {
    case 'invalid_type':
      return `${name} must be ${TYPE_NAMES[issue.expected] ?? 'text'}`;
    case 'too_small':
      if (issue.origin === 'number') return `${name} must be at least ${issue.minimum}`;
      return `${name} must not be empty`;
    case 'too_big':
      if (issue.origin === 'number') return `${name} must be at most ${issue.maximum}`;
      return `${name} must have at most ${issue.maximum} characters`;
    default:
      return `${name}: ${issue.message}`;
  }
}

/** The items of the answer of each command. */
export interface CommandItems extends OperatorItems, WatchItems {
  status: StatusView;
  'show peers': PeerView;
  'show peer': PeerView;
  'show rib': RibView;
  'show advertised': AdvertisedView;
  'count routes': RouteCountView;
  explain: ExplainView;
  'show fib': FibView;
  'show nexthops': NextHopView;
  'show attributes': AttributeSetsView;
  'show groups': GroupView;
  'show cut': CutView;
  'show bfd': BfdSessionView;
  'show policies': RuleCountsView;
  'policy test': PolicyTestView;
  'policy diff': PolicyDiffView;
  'show damped': DampedView;
  undamp: DoneView;
  'show refused': RefusedView;
  'show memory': MemoryView;
  refresh: DoneView;
  drain: DoneView;
  undrain: DoneView;
  stop: DoneView;
}

export type CommandName = keyof CommandItems;

/** Commands that change something: each is logged with its caller. */
export const STATE_CHANGING: ReadonlySet<string> = new Set<CommandName>([
  'undamp',
  'refresh',
  'drain',
  'undrain',
  'stop',
  ...CHANGING_OPERATOR_COMMANDS,
  'debug',
]);

/** The process that sent a command, as the kernel reports it (SO_PEERCRED). */
export interface Caller {
  readonly pid: number;
  readonly uid: number;
}

/** `uid 1000, pid 4711`. */
export function describeCaller(caller: Caller | null): string {
  return caller === null ? 'unknown caller' : `uid ${caller.uid}, pid ${caller.pid}`;
}

/**
 * One command of the control socket. `run` may yield millions of items. The server writes them with back-pressure, and
 * the event loop runs meanwhile, so an iterator must tolerate changes to the data that it walks. It yields `undefined`,
 * which is not written, for entries that do not match. `signal` aborts when the client disconnects.
 * An error becomes the error line of the answer: the text of a `CommandError` is for the client, any other is a bug.
 */
interface ControlCommand {
  run(
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    caller: Caller | null,
  ): Iterable<unknown> | AsyncIterable<unknown>;
}

export type CommandTable = Readonly<Record<string, ControlCommand>>;

/** A mistake of the client (no such peer, not a prefix), in one sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
