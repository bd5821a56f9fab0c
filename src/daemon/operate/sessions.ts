/** Commands that act on sessions: `disable`, `enable`, `clear`, and `reset` of many. */
import { type Caller, CommandError, describeCaller } from '../../engine/api/commands.ts';
import type { DoneView } from '../../engine/api/operator-commands.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { familiesNamed } from '../../engine/show/search/search.ts';
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { cease, excessOfText } from '../../wire/notification.ts';
import { type CommandTarget, findPeer } from './target.ts';

/** Sessions that are reset at once: those of a slice return together, and share a snapshot of the tables. */
const SLICE = 25;
const SLICE_MS = 1000;

/** The text for the operators of peers, checked (RFC 9003). */
export function checkedMessage(message = ''): string {
  const excess = excessOfText(message);
  if (excess === null) return message;
  throw new CommandError(`the message is ${excess} octets too long: the maximum is 255 octets of UTF-8 (RFC 9003)`);
}

/** Closes the session, and keeps the peer down until `enable`. Answers when the list is on the disk. */
export async function* disable(
  daemon: CommandTarget,
  text: string,
  message: string,
  caller: Caller | null,
): AsyncGenerator<DoneView> {
  const { engine, disabledState } = daemon;
  const peer = findPeer(daemon, text);
  const { name } = peer;
  if (engine.disabled.has(name)) throw new CommandError(`${name} is disabled already`);
  if (disabledState.isFull) throw new CommandError('too many peers are disabled');
  const by = describeCaller(caller);
  engine.disabled.add({ name, atMs: engine.clock.wallMs(), by, message });
  peer.stop(message === '' ? cease.shutdown : cease.shutdownWith(message), `the command disable (${by})`);
  engine.events.emit({ name: 'peer.disabled', peer: name, by, message });
  const problem = await disabledState.save();
  if (problem === null)
    yield { done: `${name} is disabled until \`enable ${name}\`, also after a reload or a restart` };
  else {
    const until = 'but only until the daemon restarts, unless the list can be saved before (tried again every 5 s)';
    yield { done: `${name} is disabled, ${until}: ${problem}` };
  }
}

export async function* enable(daemon: CommandTarget, text: string, caller: Caller | null): AsyncGenerator<DoneView> {
  const { engine, disabledState } = daemon;
  const name = disabledName(daemon, text);
  const peer = engine.peers.get(name);
  engine.disabled.remove(name);
  engine.events.emit({ name: 'peer.enabled', peer: name, by: describeCaller(caller) });
  peer?.start();
  if (peer?.isIdle === true) engine.admission.onPeerIdle(peer);
  const problem = await disabledState.save();
  const isDown = peer?.spec.shutdown === true;
  const rest = isDown ? '; `shutdown: true` in the configuration still keeps it down' : '';
  yield { done: `${name} is enabled${rest}` };
  if (problem !== null)
    yield {
      done: `a restart disables it, unless the list can be saved before (tried again every 5 s): ${problem}`,
    };
}

/** A disabled name may be that of no peer at present: of a host of a range after a restart, for example. */
function disabledName(daemon: CommandTarget, text: string): string {
  const { disabled } = daemon.engine;
  const bytes = parseAddress(text);
  for (const name of [text, bytes === null ? text : formatAddress(bytes)]) if (disabled.has(name)) return name;
  const { name } = findPeer(daemon, text);
  if (disabled.has(name)) return name;
  throw new CommandError(`${name} is not disabled by a command`);
}

/**
 * `in`: requests the routes of the peer again (ROUTE-REFRESH, RFC 2918); `out`: advertises all routes to it again;
 * `soft`: both. No session is closed.
 */
export function clear(daemon: CommandTarget, text: string, direction: string, family: string | undefined): string {
  const peer = findPeer(daemon, text);
  const { session, name } = peer;
  if (session === null) throw new CommandError(`the session with ${name} is not established`);
  const families = familiesNamed(family).filter(({ id }) => session.negotiated.families.includes(id));
  if (families.length === 0) throw new CommandError(`${family ?? 'no family'} was not negotiated with ${name}`);
  const asked = direction === 'out' ? [] : families.filter(({ id }) => peer.requestRefresh(id));
  if (direction === 'in' && asked.length === 0) throw new CommandError(noRefresh(name));
  const sent = direction === 'in' ? [] : families.filter(({ id }) => session.refresh(id));
  daemon.engine.schedule();
  const namesOf = (list: typeof families) => list.map((one) => one.name).join(', ');
  return [
    ...(asked.length > 0 ? [`requested the ${namesOf(asked)} routes of ${name} again`] : []),
    ...(sent.length > 0 ? [`advertising all ${namesOf(sent)} routes to ${name} again`] : []),
    ...(direction !== 'out' && asked.length === 0 ? [noRefresh(name)] : []),
    ...(direction !== 'in' && sent.length === 0 ? [`advertising to ${name} is still deferred`] : []),
  ].join('; ');
}

function noRefresh(name: string): string {
  return `${name} did not offer route refresh (RFC 2918), so its routes cannot be requested again without a reset`;
}

/** Resets one peer, those of a group, or all; many of them in slices, until the client disconnects. */
export async function* reset(
  daemon: CommandTarget,
  which: {
    readonly peer?: string | undefined;
    readonly group?: string | undefined;
    readonly all?: boolean | undefined;
  },
  message: string,
  caller: Caller | null,
  signal: AbortSignal,
): AsyncGenerator<DoneView> {
  const given = [which.peer, which.group, which.all].filter((value) => value !== undefined && value !== false);
  if (given.length !== 1) throw new CommandError('name one peer, or use --group GROUP or --all');
  const notification = message === '' ? cease.reset : cease.resetWith(message);
  const resetOne = (peer: Peer) =>
    daemon.engine.resetPeer(peer, `the command reset (${describeCaller(caller)})`, notification);
  if (which.peer !== undefined) {
    const peer = findPeer(daemon, which.peer);
    resetOne(peer);
    yield { done: `the session with ${peer.name} is reset` };
    return;
  }
  const peers = established(daemon, which.group);
  for (let done = 0; done < peers.length; ) {
    for (const name of peers.slice(done, done + SLICE)) {
      const peer = daemon.engine.peers.get(name);
      if (peer !== undefined && peer.session !== null) resetOne(peer);
    }
    done = Math.min(done + SLICE, peers.length);
    yield { done: `${done} of ${peers.length} sessions are reset` };
    if (done < peers.length) await pause(SLICE_MS, signal);
    if (signal.aborted) return;
  }
}

function established({ engine }: CommandTarget, group: string | undefined): string[] {
  const members = [...engine.peers.values()].filter(({ spec }) => group === undefined || spec.group === group);
  if (members.length === 0)
    throw new CommandError(group === undefined ? 'there are no peers' : `no peer is in group "${group}"`);
  const up = members.filter(({ session }) => session !== null);
  if (up.length === 0) throw new CommandError('none of the sessions is established');
  return up.map(({ name }) => name);
}

/** Resolves after this time, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
