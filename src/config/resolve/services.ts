/** From the keys of the daemon's services to their specification: metrics, web page and log. */
import type { LogLevel, RouterSpec } from '../../spec/router.ts';
import type { Config } from '../schema/schema.ts';
import { METRICS_DEFAULTS } from '../schema/services.ts';
import { parseEndpoint } from '../values/addresses.ts';

export function metricsSpec(config: Config['metrics']): Pick<RouterSpec, 'metrics' | 'exposition'> {
  const { listen, names, ...peers } = config === 'none' ? { ...METRICS_DEFAULTS, listen: 'none' } : config;
  return {
    metrics: parseEndpoint(listen),
    exposition: { names, peerDetail: peers['peer-detail'], maxPeers: peers['max-peers'] },
  };
}

export function webSpec({ listen, hosts }: Config['web']): RouterSpec['web'] {
  const endpoint = parseEndpoint(listen);
  return endpoint === null ? null : { ...endpoint, hosts };
}

export function logSpec({ level, format: named }: Config['log']): RouterSpec['log'] {
  const format = named ?? null;
  if (typeof level === 'string') return { level, components: {}, format };
  const { default: rest, ...components } = level;
  return { level: rest ?? 'info', components: components as Record<string, LogLevel>, format };
}
