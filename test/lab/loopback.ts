/** reflectord on loopback and unprivileged ports: no root, no namespaces. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { OpenFields } from './bgp-bytes.ts';
import { Reflectord } from './hosts/reflectord.ts';
import { Speaker } from './speaker.ts';
import { temporaryFolder } from './temporary.ts';

export const LOCAL_AS = 65000;
export const EXTERNAL_AS = 65100;
export const ROUTER_ID = '10.255.255.1';
export const CLUSTER_ID = '10.255.255.2';

/** All of 127.0.0.0/16 are clients, all of 127.1.0.0/16 are peers of `EXTERNAL_AS`. */
export class LoopbackReflector {
  readonly daemon: Reflectord;
  readonly port: number;
  private readonly folder: string;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.daemon = new Reflectord(folder);
  }

  static async start(): Promise<LoopbackReflector> {
    const reflector = new LoopbackReflector(temporaryFolder(), await freePort());
    await reflector.daemon.start({
      router: { as: LOCAL_AS, id: ROUTER_ID, 'cluster-id': CLUSTER_ID },
      listen: [{ address: '127.0.0.1', port: reflector.port }],
      metrics: { listen: 'none' },
      groups: {
        hosts: {
          as: LOCAL_AS,
          'route-reflector-client': true,
          'hold-time': 240,
          'idle-hold-time': 0,
          dynamic: [{ range: '127.0.0.0/16' }],
        },
        outside: {
          as: EXTERNAL_AS,
          import: 'accept',
          export: 'accept',
          'idle-hold-time': 0,
          dynamic: [{ range: '127.1.0.0/16' }],
        },
      },
    });
    return reflector;
  }

  connect(localAddress: string): Promise<Speaker> {
    return Speaker.connect({ port: this.port, localAddress });
  }

  establish(localAddress: string, fields: OpenFields = {}): Promise<Speaker> {
    return Speaker.establish({ port: this.port, localAddress }, fields);
  }

  async stop(): Promise<void> {
    await this.daemon.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
