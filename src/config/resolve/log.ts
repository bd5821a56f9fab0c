/** The section `log`. */
import type { LogLevel, RouterSpec } from '../../spec/router.ts';
import type { Config } from '../schema/schema.ts';

export function logSpec({ level, format: named }: Config['log']): RouterSpec['log'] {
  const format = named ?? null;
  if (typeof level === 'string') return { level, components: {}, format };
  const { default: rest, ...components } = level;
  return { level: rest ?? 'info', components: components as Record<string, LogLevel>, format };
}
