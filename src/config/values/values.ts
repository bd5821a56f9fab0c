/**
 * The kinds of value in a configuration. Each has a name (`title`), a description of valid values (`expects`), and a short
 * form of it for tables (`values`). Errors, the JSON Schema and the reference page use these words.
 */
import { z } from 'zod';
import { formatPrefix, isLinkLocal, parseAddress, parseIpv4, parsePrefix } from '../../lib/ip.ts';
import { isHostAddress, parseEndpoint } from './addresses.ts';

/** A text that `accepts` returns true for. */
export function text(accepts: (value: string) => boolean) {
  return z.string().refine(accepts);
}

export function wholeNumber(min: number, max: number, title: string, expects?: string) {
  const words = expects ?? `a whole number from ${min} to ${max}`;
  return z
    .int()
    .min(min)
    .max(max)
    .meta({ title, expects: words, values: `${min} to ${max}` });
}

export const routerId = text((value) => (parseIpv4(value) ?? 0) !== 0).meta({
  id: 'router-id',
  title: 'router ID',
  values: 'dotted quad',
  expects: 'a dotted quad such as 10.99.0.1, not 0.0.0.0',
  format: 'ipv4',
});

export const clusterId = text((value) => (parseIpv4(value) ?? 0) !== 0).meta({
  id: 'cluster-id',
  title: 'cluster ID',
  values: 'dotted quad',
  expects: 'a dotted quad such as 10.99.0.1, not 0.0.0.0',
  format: 'ipv4',
});

const ADDRESS_FORMATS = [{ format: 'ipv4' }, { format: 'ipv6' }];

export const hostAddress = text((value) => isHostAddress(parseAddress(value))).meta({
  id: 'host-address',
  title: 'host address',
  values: 'IP address',
  expects: 'an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1; not link-local, multicast or unspecified',
  anyOf: ADDRESS_FORMATS,
});

/** A host address, or the link-local address of a neighbor on the interface of the peer. */
export const peerAddress = text((value) => {
  const address = parseAddress(value);
  return isHostAddress(address) || (address !== null && isLinkLocal(address));
}).meta({
  id: 'peer-address',
  title: 'host address',
  values: 'IP address',
  expects:
    'an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1, or with `interface` a link-local one such as fe80::1; not multicast or unspecified',
  anyOf: ADDRESS_FORMATS,
});

export const listenAddress = text((value) => {
  const address = parseAddress(value);
  return isHostAddress(address) || address?.every((byte) => byte === 0) === true;
}).meta({
  id: 'listen-address',
  title: 'listen address',
  values: 'IP address',
  expects: 'an IPv4 or IPv6 address of this host, or 0.0.0.0 or "::" for all of them',
  anyOf: ADDRESS_FORMATS,
});

export const range = text((value) => {
  const prefix = parsePrefix(value);
  const address = parseAddress(value.slice(0, value.lastIndexOf('/')));
  return prefix !== null && address?.every((byte, at) => byte === prefix.address[at]) === true;
}).meta({
  id: 'range',
  title: 'prefix',
  values: 'prefix',
  expects: 'a prefix such as 10.99.0.0/16 or 2001:db8:1::/64, without host bits',
});

export const endpoint = text((value) => parseEndpoint(value) !== null).meta({
  id: 'endpoint',
  title: 'address and port',
  values: 'address:port',
  expects: 'an address and a port, such as 127.0.0.1:9179 or "[::1]:9179"',
});

export const groupName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
  .meta({
    id: 'group-name',
    title: 'group name',
    values: 'name',
    expects: 'a letter, then up to 63 letters, digits, dots, dashes or underscores',
  });

export const description = z
  .string()
  .max(255)
  .refine((value) => !hasControlCharacter(value))
  .meta({ title: 'description', values: 'text', expects: 'a text on one line of at most 255 characters' });

export function hasControlCharacter(value: string): boolean {
  return [...value].some((char) => char < ' ' || char === '\u007f');
}

/** Maximum length of the path of a Unix socket in bytes (unix(7)). */
const MAX_SOCKET_PATH = 107;

export const socketPath = z
  .string()
  .min(1)
  .max(MAX_SOCKET_PATH)
  .refine((value) => !hasControlCharacter(value) && !value.endsWith('/') && utf8Length(value) <= MAX_SOCKET_PATH)
  .meta({ title: 'socket path', values: 'path', expects: `a path of at most ${MAX_SOCKET_PATH} bytes` });

export const absolutePath = z
  .string()
  .refine((value) => value.startsWith('/') && !value.endsWith('/') && !hasControlCharacter(value))
  .meta({ title: 'file path', values: 'path', expects: 'the absolute path of a file' });

export function utf8Length(value: string): number {
  return new TextEncoder().encode(value).length;
}

export const deviceName = z
  .string()
  .regex(/^[^\s/:@%]{1,15}$/)
  .refine((value) => value !== '.' && value !== '..')
  .meta({
    title: 'interface name',
    values: 'name',
    expects: 'the name of an interface, of 1 to 15 characters, such as eth1',
  });

/** Of an IPv4 or IPv6 prefix. */
export const prefixLength = wholeNumber(0, 128, 'prefix length');

export const port = wholeNumber(1, 65_535, 'port');
export const flag = z.boolean().meta({ title: 'boolean', values: '`true`, `false`', expects: 'true or false' });

/** 0 or 3 to 65,535 seconds (RFC 4271 4.2). */
export const holdTime = z.union([z.literal(0), z.int().min(3).max(65_535)]).meta({
  title: 'hold time',
  values: '0, 3 to 65535 s',
  expects: '0 (no keepalives), or a whole number of seconds from 3 to 65535',
});

/** Whole seconds. */
export function seconds(min: number, max: number) {
  const words = `a whole number of seconds from ${min} to ${max}`;
  return wholeNumber(min, max, 'number of seconds', words).meta({ values: `${min} to ${max} s` });
}

/** A number of things. */
export function count(min: number, max: number, title: string) {
  return wholeNumber(min, max, title);
}

const policyName = z.string().min(1).meta({ title: 'policy', expects: 'the name of a policy' });

/** Policies in their order; names are looked up by `config/policy`. */
export const policyChain = z.union([z.string().min(1), z.array(policyName).min(1)]).meta({
  title: 'policy',
  values: '`accept`, `reject`, name, list of names',
  expects: '`accept`, `reject`, the name of a policy, or a list of policies',
});

const labelValue = z.union([z.string().min(1).max(63), z.int()]).meta({
  title: 'label',
  values: 'word, number',
  expects: 'a word of at most 63 characters, or a whole number',
  description: 'The value of a label.',
  examples: ['eu'],
});

/** Names and values that policies compare. */
export const labels = z.record(z.string().regex(/^[A-Za-z][\w-]{0,31}$/), labelValue).meta({
  title: 'mapping of labels',
  values: 'mapping',
  expects: 'a mapping of names to words, such as { region: eu }',
});

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(title: string, words: T) {
  return z.enum(words).meta({ title, values: valuesOf(words), expects: listed(words) });
}

/** Words for a table: `a`, `b`, each in backquotes. */
export function valuesOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The prefix without its host bits, or null if the text is not a prefix. */
export function tidyRange(value: string): string | null {
  const prefix = parsePrefix(value);
  return prefix === null ? null : formatPrefix(prefix);
}
