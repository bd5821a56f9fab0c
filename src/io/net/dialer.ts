/**
 * Dials TCP connections. How long a dial may take is the engine's to say: its timer cancels.
 *
 * What a peer's connections need is set on the socket before it connects, so that the first packet has it: libc makes the
 * socket, and Node takes it over. Where libc cannot be called Node makes it, for peers that need nothing.
 */
import type { Socket } from 'node:net';
import type { Connection, Dial, Dialer, DialFailure, DialTarget } from '../../engine/ports/ports.ts';
import { formatAddress } from '../../lib/ip.ts';
import { endName } from '../../spec/peer-name.ts';
import { guarded } from '../system/guard.ts';
import { errnoName, libc, whyNoLibc } from '../system/libc.ts';
import { makeSocket, TcpConnection } from './connection.ts';
import { applyTransport, isEssential, SYSTEM_TRANSPORT } from './options.ts';
import { familyOf, SOCKET_STREAM } from './sockaddr.ts';

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

/** A connection over a socket that is as the peer needs it, yet to be connected; or why there is none. */
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

/** Tells of a failure after `dial` has returned. */
function failLater(failure: DialFailure, onFailed: OnFailed): Dial {
  const immediate = setImmediate(() => onFailed(failure));
  return { cancel: () => clearImmediate(immediate) };
}

function connect(socket: Socket, target: DialTarget): void {
  socket.connect({
    host: endName(target.address, target.interfaceName ?? null),
    port: target.port,
    family: target.address.length === 4 ? 4 : 6,
    ...(target.localAddress !== null && { localAddress: formatAddress(target.localAddress) }),
  });
}

/**
 * Whether TCP has connected the socket to itself: a dial to a local port that nobody listens on succeeds so when the
 * kernel happens to choose that port as the source (simultaneous open, RFC 9293 3.5).
 */
function isOwnReflection(connection: TcpConnection): boolean {
  const { localAddress, remoteAddress } = connection;
  return connection.localPort === connection.remotePort && Buffer.compare(localAddress, remoteAddress) === 0;
}
