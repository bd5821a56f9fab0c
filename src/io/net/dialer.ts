/**
 * Opens TCP connections to peers. The engine decides how long a dial may take: its timer cancels the dial.
 *
 * The options for a peer are set before the socket connects, so that they apply to the first packet: libc creates the
 * socket, and Node takes it over. Without libc, Node creates the socket for peers that need no options.
 */
import type { Socket } from 'node:net';
import type { Connection, Dial, Dialer, DialFailure, DialTarget } from '../../engine/ports/ports.ts';
import { formatAddress } from '../../lib/ip.ts';
import { endName } from '../../spec/peer-name.ts';
import { guarded } from '../system/guard.ts';
import { errnoName, libc, whyNoLibc } from '../system/libc.ts';
import { TcpConnection } from './connection.ts';
import { applyTransport, isEssential, SYSTEM_TRANSPORT } from './options.ts';
import { familyOf, SOCKET_STREAM } from './sockaddr.ts';
import { makeSocket } from './socket.ts';

type OnConnected = (connection: Connection) => void;
type OnFailed = (failure: DialFailure) => void;

export class TcpDialer implements Dialer {
  dial(target: DialTarget, onConnected: OnConnected, onFailed: OnFailed): Dial {
    const connection = openConnection(target);
    if (!(connection instanceof TcpConnection)) return failLater(connection, onFailed);
    let waiting = true;
    const settle = (): boolean => {
      const first = waiting;
      waiting = false;
      return first;
    };
    const fail = (error: string): void => {
      connection.destroy();
      if (settle()) onFailed({ error, unfit: false });
    };
    connection.socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    const connected = (): void => {
      if (!connection.connected()) fail('ENOTCONN');
      else if (isOwnReflection(connection)) fail('ECONNREFUSED');
      else if (settle()) onConnected(connection);
    };
    connection.socket.once(
      'connect',
      guarded('a dialed connection', connected, () => connection.destroy()),
    );
    connect(connection.socket, target);
    return {
      cancel: () => {
        if (settle()) connection.destroy();
      },
    };
  }
}

/** A connection, not connected yet, with the options for the peer set; or why that failed. */
function openConnection(target: DialTarget): TcpConnection | DialFailure {
  const { address, transport } = target;
  const calls = libc();
  if (calls === null) {
    if (isEssential(transport)) return { error: whyNoLibc(), unfit: true };
    return new TcpConnection(makeSocket, transport);
  }
  const fd = calls.socket(familyOf(address), SOCKET_STREAM, 0);
  if (fd < 0) return { error: errnoName(-fd), unfit: false };
  const problem = applyTransport(calls, fd, address, transport, SYSTEM_TRANSPORT);
  if (problem === null) return new TcpConnection((onread) => makeSocket(onread, { fd }), transport);
  calls.close(fd);
  return { error: problem, unfit: true };
}

/** Reports a failure after `dial` has returned. */
function failLater(failure: DialFailure, onFailed: OnFailed): Dial {
  const immediate = setImmediate(() => onFailed(failure));
  return { cancel: () => clearImmediate(immediate) };
}

function connect(socket: Socket, target: DialTarget): void {
  socket.connect({
    host: endName(target.address, target.interfaceName),
    port: target.port,
    family: target.address.length === 4 ? 4 : 6,
    ...(target.localAddress !== null && { localAddress: formatAddress(target.localAddress) }),
  });
}

/**
 * Whether TCP has connected the socket to itself: a dial to a local port without a listener succeeds if the kernel
 * chooses that port as the source (simultaneous open, RFC 9293 3.5).
 */
function isOwnReflection(connection: TcpConnection): boolean {
  const { localAddress, remoteAddress } = connection;
  return connection.localPort === connection.remotePort && Buffer.compare(localAddress, remoteAddress) === 0;
}
