/** The control socket: a unix stream socket for the command line (`protocol.ts` describes the lines). */
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

/** Maximum number of connections. A new one replaces one that is idle or does not read its answer. */
const MAX_SESSIONS = 64;
/** A connection that has not read for this long may be replaced; while there is room, a slow reader is not. */
const STALLED_MS = 10_000;
/** Sockets with a final error message that are not closed yet. */
const MAX_LEAVING = 64;
/** How long running answers may take when the server closes. */
const CLOSE_GRACE_MS = 500;
/** Owner and group may use the socket. */
const SOCKET_MODE = 0o660;

interface ControlServerOptions {
  readonly path: string;
  readonly commands: CommandTable;
  readonly events: EventSink;
}

/**
 * Opens the socket. Missing directories are created, and the socket of a dead daemon is replaced.
 * @throws ControlSocketError if another daemon answers there, or the system refuses
 */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  await clearSocketPath(options.path);
  const server = createServer({ allowHalfOpen: true });
  try {
    await listen(server, options.path);
  } catch (error) {
    throw new ControlSocketError(`cannot create the control socket ${options.path}: ${(error as Error).message}`);
  }
  options.events.emit({ name: 'control.open', path: options.path });
  return new ControlServer(server, options);
}

async function listen(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  // The bind happens inside the call: at no time can other users open the socket.
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

  /** Accepts no more connections, gives running answers a moment to end, and removes the socket. */
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

  /** Closes the session that was idle longest; false if all are busy. */
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

  /**
   * The client sends its request at once. The request is read, or the client would see a reset instead of the reason.
   */
  #refuse(socket: Socket): void {
    this.#letLeave(socket);
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy()).resume();
    socket.end(errorLine(`all ${MAX_SESSIONS} control connections are busy; try again in a moment`));
  }

  /** The client has a moment to read the reason. */
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
