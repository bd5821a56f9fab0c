/** The kinds of value of the transport settings; see `values.ts`. */
import { z } from 'zod';
import { MAX_PASSWORD_BYTES } from '../problems/secrets.ts';
import { hasControlCharacter, text, utf8Length, wholeNumber } from './values.ts';

const filePath = text((value) => value !== '' && !hasControlCharacter(value)).meta({
  title: 'file path',
  values: 'path',
  expects: 'the path of a file, absolute or relative to the folder of the configuration',
});

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .meta({
    title: 'name of an environment variable',
    values: 'name',
    expects: 'letters, digits and underscores, such as BGP_KEY',
  });

/** Errors do not show the value: see `secrets.ts`. */
export const password = z
  .union([
    text((value) => utf8Length(value) > 0 && utf8Length(value) <= MAX_PASSWORD_BYTES),
    z.strictObject({
      file: filePath.meta({
        description: 'File with the key. A line feed at its end is ignored.',
        examples: ['/etc/reflectord/leaf1.key'],
      }),
    }),
    z.strictObject({
      env: variableName.meta({
        description: 'Environment variable with the key, read when the daemon starts.',
        examples: ['NODE_KEY'],
      }),
    }),
    z.literal(false),
  ])
  .meta({
    title: 'password',
    values: 'text, mapping, `false`',
    expects: `a text of 1 to ${MAX_PASSWORD_BYTES} bytes, a mapping with \`file\` or with \`env\`, or false for none`,
  });

/** 1 to `max`, or `false` to override a value of the group. */
export function countOrOff(max: number, title: string) {
  return z
    .union([z.int().min(1).max(max), z.literal(false)])
    .meta({ title, values: `1 to ${max}, \`false\``, expects: `a whole number from 1 to ${max}, or false for none` });
}

export const dscp = wholeNumber(0, 63, 'DSCP');
