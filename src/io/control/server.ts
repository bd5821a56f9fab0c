/** The control socket: a unix stream socket that answers the command line (`protocol.ts` has the lines). */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { CommandTable } from '../../engine/commands.ts';
import type { EventSink } from '../../engine/events.ts';
import { errorLine } from './protocol.ts';
import { ControlSession } from './session.ts';
import { ControlSocketError, clearSocketPath } from './socket-path.ts';

/** Askers at one time; more are told so and closed. */
const MAX_SESSIONS = 64;
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

  constructor(server: Server, options: ControlServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#onConnection(socket));
    server.on('error', (error) =>
      options.events.emit({ name: 'control.failed', path: options.path, error: error.message }),
    );
  }

  /** Accepts nobody any more, lets the answers under way end for a moment, and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions.values()) session.finish();
    const timer = setTimeout(() => {
      for (const socket of this.#sessions.keys()) socket.destroy();
    }, CLOSE_GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  #onConnection(socket: Socket): void {
    if (this.#sessions.size >= MAX_SESSIONS) {
      socket.on('error', () => {});
      socket.end(errorLine(`more than ${MAX_SESSIONS} control connections at once`), () => socket.destroy());
      return;
    }
    this.#sessions.set(socket, new ControlSession(socket, this.#options.commands, this.#options.events));
    socket.on('close', () => this.#sessions.delete(socket));
  }
}
