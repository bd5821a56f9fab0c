/** Guesses what a wrong value was meant to be: one row per common mistake. */
import { z } from 'zod';
import { parseAddress, parsePrefix } from '../../lib/ip.ts';
import { nearest } from '../problems/nearest.ts';
import { isMapped } from '../values/addresses.ts';
import { tidyRange } from '../values/values.ts';
import { alternatives, wordsOf } from './shape.ts';
import type { SourceNode } from './source.ts';

interface Subject {
  readonly node: SourceNode;
  /** The text of the file, without quotes. */
  readonly text: string;
  readonly schema: z.ZodType;
  readonly title: string;
}

type Hint = (subject: Subject) => string | null;

/** Tried in order; the first that returns a text is used. */
const HINTS: readonly Hint[] = [
  // `true` and `false` are the only booleans in YAML 1.2.
  ({ text, schema }) => {
    if (!takes(schema, z.ZodBoolean)) return null;
    if (/^(yes|y|on|true|1|enabled?)$/i.test(text)) return 'write true, without quotes';
    return /^(no|n|off|false|0|disabled?)$/i.test(text) ? 'write false, without quotes' : null;
  },
  ({ node, text, schema }) =>
    node.quoted && /^\d+$/.test(text) && takes(schema, z.ZodNumber) && fits(schema, Number(text))
      ? `write ${text} without quotes`
      : null,
  ({ node, text, schema }) =>
    !node.quoted && typeof node.value !== 'object' && fits(schema, text) ? `write "${text}" in quotes` : null,
  ({ node, text, schema }) =>
    typeof node.value !== 'object' && fits(schema, [node.value]) ? `write it as a list: [${text}]` : null,
  ({ text, title, schema }) => {
    const time = /^(\d+)\s*(ms|s|sec|seconds?|m|min|minutes?|h|hours?)$/i.exec(text);
    if (time === null || !(/time|seconds/.test(title) && takes(schema, z.ZodNumber))) return null;
    return fits(schema, seconds(Number(time[1]), time[2]!)) ? `write ${seconds(Number(time[1]), time[2]!)}` : null;
  },
  ({ text, title }) => {
    if (title !== 'prefix') return null;
    const address = parseAddress(text);
    if (address !== null) return `write ${text}/${address.length * 8} for this address`;
    const tidy = tidyRange(text);
    return tidy === null ? null : `did you mean ${tidy}?`;
  },
  // `[::]` is a list with a mapping, and `::` alone a mapping with an empty key.
  ({ node, text, title }) => {
    const address = /^[[{\s]*([0-9a-f:.]*:[0-9a-f.]*)[\]}\s]*$/i.exec(text)?.[1];
    return /address|^prefix$/.test(title) && typeof node.value === 'object' && address !== undefined
      ? `write the address in quotes: "${address}"`
      : null;
  },
  ({ text, title }) => (title.includes('address') && parsePrefix(text) !== null ? addressOf(text) : null),
  ({ text, title }) => {
    const address = title.includes('address') ? parseAddress(text) : null;
    return address !== null && isMapped(address) ? `write it as IPv4: ${[...address.slice(12)].join('.')}` : null;
  },
  ({ text, title }) => (title === 'address and port' ? endpointHint(text) : null),
  ({ text, title }) => {
    if (title !== 'routing table') return null;
    const table = { main: 254, local: 255, default: 253 }[text];
    return table === undefined ? null : `write ${table}`;
  },
  ({ text, title }) => (/^(router|cluster) ID$/.test(title) && /^\d+$/.test(text) ? dotted(Number(text)) : null),
  ({ text, title }) =>
    /AS number/.test(title) && /^AS ?\d/i.test(text) ? `write ${text.replace(/^AS ?/i, '')}` : null,
  ({ text, schema }) =>
    wordsOf(schema).includes('none') && /^(off|no|false|null|~|disabled?)$/i.test(text) ? 'write none' : null,
  ({ text, schema }) => {
    const word = nearest(text, wordsOf(schema));
    return word === null || word === text ? null : `did you mean \`${word}\`?`;
  },
];

/** The probable intention, or null. */
export function hintFor(subject: Subject): string | null {
  for (const hint of HINTS) {
    const words = hint(subject);
    if (words !== null) return words;
  }
  return null;
}

function takes(schema: z.ZodType, kind: typeof z.ZodBoolean | typeof z.ZodNumber): boolean {
  return alternatives(schema).some((each) => each instanceof kind);
}

function fits(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}

function seconds(amount: number, unit: string): number {
  if (/^ms$/i.test(unit)) return amount / 1000;
  return amount * (/^s/i.test(unit) ? 1 : /^m/i.test(unit) ? 60 : 3600);
}

function addressOf(prefix: string): string {
  return `write ${prefix.slice(0, prefix.lastIndexOf('/'))}; for a range of peers use \`dynamic\` in a group`;
}

function endpointHint(text: string): string | null {
  const parts = /^(?:(localhost|\*|[0-9a-f:]*):)?(\d{1,5})$/i.exec(text);
  if (parts === null) return null;
  const [, host = '', port] = parts;
  if (host === '*') return `did you mean 0.0.0.0:${port}?`;
  return host.includes(':') ? `did you mean "[${host}]:${port}"?` : `did you mean 127.0.0.1:${port}?`;
}

function dotted(number: number): string | null {
  if (number < 1 || number > 4_294_967_295) return null;
  return `did you mean ${[24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')}?`;
}
