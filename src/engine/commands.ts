/**
 * The commands that the control socket answers, with what they take and what they give.
 *
 *   reflectord show … ─ unix socket ─► control server ─► CommandTable[name].run(arguments) ─► items ─► …
 *
 * No I/O, no timers.
 */
import type {
  BfdSessionView,
  CutView,
  DampedView,
  FibView,
  GroupView,
  MemoryView,
  PeerView,
  RefusedView,
  RibView,
  StatusView,
  ToldView,
} from './views.ts';

/** Arguments of each command as the command line sends them; an absent one is not in the object. */
export interface CommandArguments {
  status: Record<string, never>;
  'show peers': Record<string, never>;
  /** `peer`: its address, or its description where that is unique. */
  'show peer': { readonly peer: string };
  /**
   * `target`: a prefix is looked up exactly, an address by longest match; without it everything is shown.
   * `family`: its name; `peer`: only paths from this peer (a prefix without one is left out).
   */
  'show rib': { readonly target?: string; readonly family?: string; readonly peer?: string };
  /** Who is told of a prefix, and why the others are not: one peer, or all. */
  explain: { readonly prefix: string; readonly peer?: string };
  'show fib': { readonly failed?: boolean };
  'show groups': Record<string, never>;
  /** Prefixes with more paths than ADD-PATH sends. */
  'show cut': Record<string, never>;
  /** BFD of all peers that have it (RFC 5880). */
  'show bfd': Record<string, never>;
  /** Prefixes that have flapped, of one peer or of all (RFC 2439). */
  'show damped': { readonly peer?: string };
  /** Forgets flaps: of one peer or of all, of one prefix or of all. */
  undamp: { readonly peer?: string; readonly prefix?: string };
  /** The addresses whose connections were turned away last. */
  'show refused': Record<string, never>;
  'show memory': Record<string, never>;
  /** Asks the peer for its routes again (ROUTE-REFRESH, RFC 2918), in one family or in all. */
  refresh: { readonly peer: string; readonly family?: string };
  /**
   * Closes the session with CEASE / administrative reset; it comes back. `message`: words for the operator of the other side
   * (RFC 9003).
   */
  reset: { readonly peer: string; readonly message?: string };
  /** One peer, or all, are told of routes as by a router that is about to go (RFC 8326); and that ends. */
  drain: { readonly peer?: string };
  undrain: { readonly peer?: string };
  /** `final`: no restart follows, and peers are to give our routes up; otherwise those that can keep them. */
  stop: { readonly final?: boolean; readonly message?: string };
  reload: Record<string, never>;
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
  reload: DoneView;
}

export type CommandName = keyof CommandItems;

/**
 * One command of the control socket. `run` may give millions of items: they are written with back-pressure, and the
 * event loop turns meanwhile, so an iterator must bear changes of what it walks. `signal` tells that the asker left.
 * What it throws becomes the error line of the answer; a `CommandError`'s text is for the asker, anything else is a bug.
 */
export interface ControlCommand {
  run(args: Readonly<Record<string, unknown>>, signal: AbortSignal): Iterable<unknown> | AsyncIterable<unknown>;
}

export type CommandTable = Readonly<Record<string, ControlCommand>>;

/** The asker's mistake (no such peer, not a prefix), told in a sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
