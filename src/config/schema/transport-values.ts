/** The kinds of value of what the connections of peers are made with; see `values.ts`. No I/O, no timers. */
import { z } from 'zod';
import { MAX_PASSWORD_BYTES } from '../problems/secrets.ts';
import { hasControlCharacter, text, utf8Length, wholeNumber } from './values.ts';

const filePath = text((value) => value !== '' && !hasControlCharacter(value)).meta({
  title: 'path of a file',
  expects: 'the path of a file, absolute or from the folder of the configuration',
});

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .meta({ title: 'name of an environment variable', expects: 'letters, digits and underscores, such as BGP_KEY' });

/** Errors about it do not show the value: see `secrets.ts`. */
export const password = z
  .union([
    text((value) => utf8Length(value) > 0 && utf8Length(value) <= MAX_PASSWORD_BYTES),
    z.strictObject({
      file: filePath.meta({
        description: 'File with the key; a line feed at its end is no part of it.',
        examples: ['/etc/reflectord/leaf1.key'],
      }),
    }),
    z.strictObject({
      env: variableName.meta({
        description: "Environment variable of the daemon that has the key as the daemon's start found it.",
        examples: ['NODE_KEY'],
      }),
    }),
    z.literal(false),
  ])
  .meta({
    title: 'password',
    expects: `a text of 1 to ${MAX_PASSWORD_BYTES} bytes, a mapping with \`file\` or with \`env\`, or false for none`,
  });

/** 1 to `most`, or `false` for what a group has and a peer has not. */
export function countOrOff(most: number, title: string) {
  return z
    .union([z.int().min(1).max(most), z.literal(false)])
    .meta({ title, expects: `a whole number from 1 to ${most}, or false for none` });
}

export const dscp = wholeNumber(0, 63, 'code point');
