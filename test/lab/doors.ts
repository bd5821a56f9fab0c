/**
 * Doors into a host of the lab: unix sockets in its folder, each of which leads to a TCP connection made on the host
 * from an address of its own. So a test speaks BGP itself with a daemon in a namespace.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenFields } from './bgp-bytes.ts';
import type { Namespace } from './namespace.ts';
import { Speaker } from './speaker.ts';
import { waitFor } from './wait-for.ts';

const PORT = 179;

/** Each door is a file; what comes in goes out toward port 179 of the first address, from the second. */
const PROGRAM = `
  const net = require('node:net');
  const [folder, host, ...addresses] = process.argv.slice(1);
  for (const localAddress of addresses) {
    net.createServer((inside) => {
      const outside = net.connect({ host, port: ${PORT}, localAddress, noDelay: true });
      inside.pipe(outside).pipe(inside);
      for (const end of [inside, outside]) end.on('error', () => { inside.destroy(); outside.destroy(); });
    }).listen(folder + '/' + localAddress + '.door');
  }
`;

export class Doors {
  private readonly ns: Namespace;
  private readonly host: string;

  private constructor(ns: Namespace, host: string) {
    this.ns = ns;
    this.host = host;
  }

  /** Opens doors from these addresses of the host to the daemon on its address `host`. */
  static async open(ns: Namespace, host: string, addresses: readonly string[]): Promise<Doors> {
    ns.spawn('doors', process.execPath, ['-e', PROGRAM, ns.folder, host, ...addresses]);
    const doors = addresses.map((address) => join(ns.folder, `${address}.door`));
    await waitFor(
      'the doors are there',
      () => doors.filter(existsSync),
      (there) => there.length === doors.length,
    );
    return new Doors(ns, host);
  }

  /** An established session from one of the addresses. */
  establish(localAddress: string, fields: OpenFields = {}): Promise<Speaker> {
    const path = join(this.ns.folder, `${localAddress}.door`);
    return Speaker.establish({ port: PORT, host: this.host, path, localAddress }, fields);
  }
}
