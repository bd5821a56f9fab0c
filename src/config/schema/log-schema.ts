/** The section `log`. */
import { z } from 'zod';
import { listed, oneOf } from './values.ts';

/** Components that can have their own log level. */
export const LOG_COMPONENTS = [
  'daemon',
  'config',
  'listen',
  'peer',
  'update',
  'fib',
  'control',
  'http',
  'log',
] as const;

const level = oneOf('log level', ['trace', 'debug', 'info', 'warn', 'error']);
const componentLevels = Object.fromEntries(LOG_COMPONENTS.map((name) => [name, level.optional()])) as {
  [Name in (typeof LOG_COMPONENTS)[number]]: z.ZodOptional<typeof level>;
};

export const logSchema = z
  .strictObject({
    level: z
      .union([level, z.strictObject({ default: level.optional(), ...componentLevels })])
      .default('info')
      .meta({
        title: 'log level',
        description: 'Minimum level of log messages: one level, or a level per component.',
        details: [
          `The components are ${listed(LOG_COMPONENTS.map((name) => `\`${name}\``)).replace(' or ', ' and ')}.`,
          '`default` is the level of the others.',
        ],
        values: '`trace` to `error`, or a mapping',
        expects: 'trace, debug, info, warn or error, or a mapping of components to them',
        examples: ['debug', { default: 'warn', peer: 'info' }],
        reload: 'live',
      }),
    format: oneOf('log format', ['text', 'json', 'journal'])
      .optional()
      .meta({
        description: 'How lines are written to standard output. One event is one line in each format.',
        details: [
          '`text`: the time, the level, the component and a sentence.',
          '`json`: an object with `event` and its fields (docs/METRICS.md), for programs that collect logs.',
          '`journal`: the sentence behind a priority such as `<4>`, which systemd takes off, so that `journalctl -p warning` ' +
            'shows warnings and errors only.',
        ],
        defaultWords: '`journal` where systemd collects the output, `text` on a terminal, `json` elsewhere',
        examples: ['json'],
        reload: 'live',
      }),
  })
  .meta({ title: 'log section', description: 'Log messages.' });
