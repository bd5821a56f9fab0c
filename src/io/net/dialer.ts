/** Dials TCP connections. How long a dial may take is the engine's to say: its timer cancels. */
import type { Socket } from 'node:net';
import type { Connection, Dial, Dialer, DialTarget } from '../../engine/ports.ts';
import { formatAddress } from '../../lib/ip.ts';
import { makeSocket, TcpConnection } from './connection.ts';

type OnConnected = (connection: Connection) => void;
type OnFailed = (error: string) => void;

export class TcpDialer implements Dialer {
  dial(target: DialTarget, onConnected: OnConnected, onFailed: OnFailed): Dial {
    let waiting = true;
    const connection = new TcpConnection(makeSocket);
    const settle = (): boolean => {
      const first = waiting;
      waiting = false;
      return first;
    };
    const fail = (error: string): void => {
      connection.destroy();
      if (settle()) onFailed(error);
    };
    connection.socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    connection.socket.once('connect', () => {
      if (!connection.connected()) return fail('ENOTCONN');
      if (isOwnReflection(connection)) return fail('ECONNREFUSED');
      if (settle()) onConnected(connection);
    });
    connect(connection.socket, target);
    return {
      cancel: () => {
        if (settle()) connection.destroy();
      },
    };
  }
}

function connect(socket: Socket, target: DialTarget): void {
  socket.connect({
    host: formatAddress(target.address),
    port: target.port,
    family: target.address.length === 4 ? 4 : 6,
    noDelay: true,
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
