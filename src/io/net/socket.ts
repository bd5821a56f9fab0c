/**
 * The Node sockets below connections: created so that libuv fills a buffer of ours (`onread`), also if a server accepted
 * them, and with their descriptor, which Node does not expose.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** A paused socket that delivers its input to `onread`: over a handle or a descriptor, or a new one. */
export function makeSocket(onread: OnReadOpts, over?: { readonly handle: object } | { readonly fd: number }): Socket {
  const options = {
    onread,
    allowHalfOpen: true,
    noDelay: true,
    ...(over !== undefined && { ...over, pauseOnCreate: true }),
  };
  const socket = new Socket(options as SocketConstructorOpts);
  return over === undefined ? socket.pause() : socket;
}

/** The internal part of a Node socket that has its file descriptor. */
interface HandleHolder {
  _handle: { readonly fd?: number } | null;
}

/** File descriptor of a socket; -1: it is closed. */
export function descriptorOf(socket: Socket): number {
  return (socket as unknown as HandleHolder)._handle?.fd ?? -1;
}

/**
 * Moves the handle of a socket that a server with `pauseOnConnect` has accepted to a socket with `onread`, which a socket
 * of the server cannot have.
 */
export function moveHandle(accepted: Socket, onread: OnReadOpts): Socket {
  const holder = accepted as unknown as HandleHolder;
  const handle = holder._handle;
  if (handle === null || handle === undefined) return readByEvents(accepted, onread);
  const socket = makeSocket(onread, { handle });
  // The server counts the old socket until it is destroyed; without a handle that ends nothing.
  holder._handle = null;
  accepted.destroy();
  return socket;
}

/** The slower way, for a socket without an accessible handle: one buffer per read. */
function readByEvents(socket: Socket, onread: OnReadOpts): Socket {
  socket.on('data', (bytes: Buffer) => {
    if (!onread.callback(bytes.length, bytes)) socket.pause();
  });
  return socket.pause();
}
