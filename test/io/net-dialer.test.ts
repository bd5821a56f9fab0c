/** The dialer over loopback. */
import { connect as netConnect, Socket } from 'node:net';
import type { Connection } from '../../src/engine/ports/ports.ts';
import { allConnectionsClosed } from '../../src/io/net/connection.ts';
import { TcpDialer } from '../../src/io/net/dialer.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { formatAddress, parseAddress } from '../../src/lib/ip.ts';
import { accepting, fail, freePort, LOCAL4, LOCAL6, PLAIN, Recorder, text } from './net-support.ts';

beforeAll(() => loadLibc());

afterEach(() => allConnectionsClosed());

describe('the dialer', () => {
  const dialer = new TcpDialer();

  test.each([
    ['IPv4', LOCAL4],
    ['IPv6', LOCAL6],
  ])('connects over %s and exchanges bytes', async (_name, address) => {
    const { listener, next } = await accepting([{ address, port: 0 }]);
    const target = {
      address,
      port: listener.bound[0].port,
      localAddress: address,
      interfaceName: null,
      transport: PLAIN,
    };
    const ours = await new Promise<Connection>((resolve, reject) => {
      dialer.dial(target, resolve, ({ error }) => reject(new Error(error)));
    });
    const theirs = await next();
    expect(ours.remoteAddress).toEqual(address);
    expect(ours.remotePort).toBe(target.port);
    expect(theirs.remotePort).toBe(ours.localPort);
    const [a, b] = [new Recorder(ours), new Recorder(theirs)];
    ours.write(text('ping'), 0, 4);
    await b.received(4);
    theirs.write(text('pong'), 0, 4);
    await a.received(4);
    expect([a.text, b.text]).toEqual(['pong', 'ping']);
    ours.close();
    expect(await b.closed).toBeNull();
    await listener.close();
  });

  test('uses the local address that it is given', async () => {
    const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
    const localAddress = parseAddress('127.0.0.77');
    dialer.dial(
      { address: LOCAL4, port: listener.bound[0].port, localAddress, interfaceName: null, transport: PLAIN },
      (ours) => ours.close(),
      fail,
    );
    const theirs = await next();
    expect(formatAddress(theirs.remoteAddress)).toBe('127.0.0.77');
    theirs.close();
    await listener.close();
  });

  test('reports a refusal by its errno name, later', async () => {
    const port = await freePort();
    let returned = false;
    const error = await new Promise<string>((resolve) => {
      dialer.dial(
        { address: LOCAL4, port, localAddress: null, interfaceName: null, transport: PLAIN },
        fail,
        ({ error: reason }) => {
          expect(returned).toBe(true);
          resolve(reason);
        },
      );
      returned = true;
    });
    expect(error).toBe('ECONNREFUSED');
  });

  test('reports a local address that this host does not have', async () => {
    const localAddress = parseAddress('192.0.2.1');
    const error = await new Promise<string>((resolve) => {
      dialer.dial(
        { address: LOCAL4, port: 9, localAddress, interfaceName: null, transport: PLAIN },
        fail,
        ({ error: name }) => resolve(name),
      );
    });
    expect(error).toBe('EADDRNOTAVAIL');
  });

  test('says nothing once cancelled', async () => {
    const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
    const dial = dialer.dial(
      { address: LOCAL4, port: listener.bound[0].port, localAddress: null, interfaceName: null, transport: PLAIN },
      fail,
      fail,
    );
    dial.cancel();
    dial.cancel();
    await allConnectionsClosed();
    // The kernel may have completed the handshake: then it shows as a connection that ends.
    const marker = netConnect(listener.bound[0].port, '127.0.0.1');
    const accepted = await next();
    marker.destroy();
    accepted.close();
    await listener.close();
  });

  test('does not take a connection to itself for a peer', async () => {
    // With one port as both ends TCP connects to itself; Node takes the local port only through its options.
    const port = await freePort();
    const connect = jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, options) {
      connect.mockRestore();
      return this.connect({ ...(options as unknown as object), localPort: port } as never);
    });
    const error = await new Promise<string>((resolve) => {
      dialer.dial(
        { address: LOCAL4, port, localAddress: LOCAL4, interfaceName: null, transport: PLAIN },
        fail,
        ({ error: name }) => resolve(name),
      );
    });
    expect(error).toBe('ECONNREFUSED');
    await allConnectionsClosed();
  });
});
