/**
 * The shape of a configuration: the single source of its types, checks, defaults, JSON Schema and reference page.
 * A key is added here when it works; every other key is an error.
 */
import { z } from 'zod';
import { groupName, listenAddress, port, socketPath } from '../values/values.ts';
import { fibSchema } from './fib.ts';
import { groupSchema, peerSchema } from './peers.ts';
import { POLICY_SECTIONS } from './policy-sections.ts';
import { routerSchema } from './router.ts';
import { logSchema, metricsSchema, webSchema } from './services.ts';

/** Port of BGP (RFC 4271 section 2). */
const BGP_PORT = 179;

const listenSchema = z
  .strictObject({
    address: listenAddress.meta({
      description: 'Local address to listen on.',
      examples: ['10.99.0.1', '::'],
      reload: 'live',
    }),
    port: port.default(BGP_PORT).meta({ description: 'TCP port to listen on.', examples: [1179], reload: 'live' }),
  })
  .meta({ title: 'address and port', expects: 'a mapping with `address` and `port`' });

const controlSchema = z
  .strictObject({
    socket: socketPath.default('/run/reflectord/control.sock').meta({
      description: 'Unix socket of `reflectord show` and the other commands.',
      details: ['Do not use a world-writable directory such as `/tmp`: another user could create the socket first.'],
      examples: ['/run/reflectord-lab/control.sock'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'control section', description: 'The control socket of the daemon.' });

const DEFAULT_LISTEN = [{ address: '0.0.0.0' }, { address: '::' }];

export const configSchema = z
  .strictObject({
    router: routerSchema,
    listen: z
      .array(listenSchema)
      .prefault(DEFAULT_LISTEN)
      .meta({
        title: 'list of addresses',
        expects: 'a list of mappings with `address` and `port`',
        description: 'Addresses that accept connections of peers. An empty list accepts none.',
        examples: [[{ address: '10.99.0.1', port: 179 }]],
      }),
    groups: z.record(groupName, groupSchema).prefault({}).meta({
      title: 'mapping of groups',
      expects: 'a mapping of group names to the settings of each group',
      description: 'Settings that several peers share, by group name.',
    }),
    peers: z.array(peerSchema).prefault([]).meta({
      title: 'list of peers',
      expects: 'a list of mappings, each with the `address` or `interface` of a peer and its settings',
      description: 'Peers, identified by their address or their interface.',
    }),
    ...POLICY_SECTIONS,
    fib: fibSchema.prefault({}),
    metrics: metricsSchema.prefault({}),
    web: webSchema.prefault({}),
    control: controlSchema.prefault({}),
    log: logSchema.prefault({}),
  })
  .meta({ title: 'configuration', description: 'Configuration of reflectord.' });

/** The valid parts of a configuration that has errors. */
export const draftSchema = configSchema.extend({ router: routerSchema.partial().prefault({}) });

/** A configuration with its defaults, with the keys of the file. */
export type Config = z.output<typeof configSchema>;
export type Draft = z.output<typeof draftSchema>;
export type PeerConfig = z.output<typeof peerSchema>;
