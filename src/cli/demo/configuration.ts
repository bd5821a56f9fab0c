/** The configuration of the demo: `config/demo.yaml` with the addresses of this run. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Place } from './place.ts';

export interface DemoFiles {
  readonly config: string;
  readonly socket: string;
  readonly log: string;
  /** `127.0.0.1:9179`, in the network namespace of the reflector. */
  readonly metrics: string;
}

/** Writes the configuration to a folder; on loopback only the socket differs from the template. */
export async function writeConfiguration(place: Place, template: string, folder: string): Promise<DemoFiles> {
  const document = parseDocument(await readFile(template, 'utf8'));
  const socket = join(folder, 'control.sock');
  document.setIn(['control', 'socket'], socket);
  document.setIn(['listen', 0, 'address'], place.reflector);
  document.setIn(['listen', 0, 'port'], place.port);
  document.setIn(['router', 'id'], place.kernel ? place.reflector : document.getIn(['router', 'id']));
  document.setIn(['groups', 'hosts', 'dynamic', 0, 'range'], place.range);
  document.setIn(['peers', 0, 'address'], place.addresses.switch);
  document.setIn(['fib', 'mode'], place.kernel ? 'install' : 'dry-run');
  const config = join(folder, 'demo.yaml');
  await writeFile(config, document.toString());
  const metrics = String(document.getIn(['metrics', 'listen']));
  return { config, socket, log: join(folder, 'reflectord.log'), metrics };
}
