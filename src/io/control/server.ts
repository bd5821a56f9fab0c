/** The control socket: a unix stream socket that answers the command line (`protocol.ts` has the lines). */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { CommandTable } from '../../engine/api/commands.ts';
import type { EventSink } from '../../engine/events/events.ts';
import { callerOf } from '../net/peer-credentials.ts';
import { guarded } from '../system/guard.ts';
import { errorLine } from './protocol.ts';
import { ControlSession } from './session.ts';
import { ControlSocketError, clearSocketPath } from './socket-path.ts';

/** Askers at one time. A newcomer takes the place of one that asks nothing, or does not read its answer. */
const MAX_SESSIONS = 64;
/** One that has not read for so long may lose its place: somebody who reads page by page, while there is room, does not. */
const STALLED_MS = 10_000;
/** Sockets that are told why there is no place for them, and not closed yet. */
const MAX_LEAVING = 64;
/** What answers under way may still take when the server closes. */
const CLOSE_GRACE_MS = 500;
/** Owner and group may ask. */
const SOCKET_MODE = 0o660;

export interface ControlServerOptions {
  readonly path: string;
  readonly commands: CommandTable;
  readonly events: EventSink;
}

/**
 * Opens the socket. Missing directories are made, and a dead daemon's socket is replaced.
 * @throws ControlSocketError when another daemon answers there, or the system refuses
 */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  await clearSocketPath(options.path);
  const server = createServer({ allowHalfOpen: true });
  try {
    await listen(server, options.path);
  } catch (error) {
    throw new ControlSocketError(`cannot make the control socket ${options.path}: ${(error as Error).message}`);
  }
  options.events.emit({ name: 'control.open', path: options.path });
  return new ControlServer(server, options);
}

async function listen(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  // The bind happens inside the call: the socket is never, not even for a moment, open to everybody.
  const before = process.umask(0o777 & ~SOCKET_MODE);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await listening;
  chmodSync(path, SOCKET_MODE);
}

export class ControlServer {
  readonly #server: Server;
  readonly #options: ControlServerOptions;
  readonly #sessions = new Map<Socket, ControlSession>();
  readonly #leaving = new Set<Socket>();

  constructor(server: Server, options: ControlServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => {
      guarded(
        'a control connection',
        () => this.#onConnection(socket),
        () => socket.destroy(),
      )();
    });
    server.on('error', (error) =>
      options.events.emit({ name: 'control.failed', path: options.path, error: error.message }),
    );
  }

  /** Accepts nobody any more, lets the answers under way end for a moment, and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions.values()) session.finish();
    const timer = setTimeout(() => {
      for (const socket of [...this.#sessions.keys(), ...this.#leaving]) socket.destroy();
    }, CLOSE_GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  #onConnection(socket: Socket): void {
    if (this.#sessions.size >= MAX_SESSIONS && !this.#makeRoom()) {
      this.#refuse(socket);
      return;
    }
    const { commands, events } = this.#options;
    this.#sessions.set(socket, new ControlSession(socket, commands, events, callerOf(socket)));
    socket.on('close', () => this.#sessions.delete(socket));
  }

  /** Ends the session that has done nothing for longest; false when all are at work. */
  #makeRoom(): boolean {
    const nowMs = performance.now();
    let victim: [Socket, ControlSession] | null = null;
    for (const entry of this.#sessions) {
      const { state, activeMs } = entry[1];
      const mayGo = state === 'idle' || (state === 'stalled' && nowMs - activeMs >= STALLED_MS);
      if (mayGo && (victim === null || isLessMissed(entry[1], victim[1]))) victim = entry;
    }
    if (victim === null) return false;
    const [socket, session] = victim;
    this.#sessions.delete(socket);
    this.#letLeave(socket);
    session.dismiss('closed to make room for another control connection');
    return true;
  }

  /** The asker sends its request without waiting, so it is read, or the asker would see its failure and not the reason. */
  #refuse(socket: Socket): void {
    this.#letLeave(socket);
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy()).resume();
    socket.end(errorLine(`all ${MAX_SESSIONS} control connections are at work; try again in a moment`));
  }

  /** It has a moment to read why. */
  #letLeave(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS).unref();
    socket.on('close', () => {
      clearTimeout(timer);
      this.#leaving.delete(socket);
    });
    this.#leaving.add(socket);
    for (const oldest of this.#leaving) {
      if (this.#leaving.size <= MAX_LEAVING) return;
      this.#leaving.delete(oldest);
      oldest.destroy();
    }
  }
}

function isLessMissed(one: ControlSession, other: ControlSession): boolean {
  if (one.state !== other.state) return one.state === 'idle';
  return one.activeMs < other.activeMs;
}
