/** Checks peers, groups and ranges: missing, duplicate and unused ones. */
import {
  formatAddress,
  formatPrefix,
  isLinkLocal,
  parseAddress,
  parsePrefix,
  prefixContains,
  sameAddress,
} from '../../lib/ip.ts';
import { nearest } from '../problems/nearest.ts';
import type { Path } from '../problems/problems.ts';
import { sideOf } from '../resolve/effective.ts';
import type { Draft } from '../schema/schema.ts';
import { versionOf } from '../values/addresses.ts';
import type { CheckContext } from './context.ts';

/** The group of a peer must exist. */
export function checkUnknownGroups({ draft, report }: CheckContext): void {
  const names = Object.keys(draft.groups);
  for (const [at, { group }] of draft.peers.entries()) {
    // An invalid group is reported at its own place.
    if (group === undefined || names.includes(group) || report.written(['groups', group])) continue;
    const meant = nearest(group, names);
    const expected = names.length === 0 ? 'a group defined under `groups`' : `one of ${names.join(', ')}`;
    const suggestion = meant === null ? null : `did you mean \`${meant}\`?`;
    report.error(['peers', at, 'group'], `unknown group \`${group}\``, expected, { suggestion });
  }
}

/** A peer needs an address or an interface. */
export function checkWhereabouts({ draft, report }: CheckContext): void {
  for (const [at, { address, interface: interfaceName }] of draft.peers.entries()) {
    const path = ['peers', at];
    if (address !== undefined || interfaceName !== undefined) continue;
    if (report.written([...path, 'address']) || report.written([...path, 'interface'])) continue;
    const expected = '`address`, or `interface` for an unnumbered peer';
    report.error(path, '`address` is missing', expected, { at: 'key' });
  }
}

/** A link-local address needs an interface; other addresses must not have one. */
export function checkLinks({ peers, report }: CheckContext): void {
  for (const { address, peer, subject } of peers) {
    if (peer.address === undefined) continue;
    const path = [...subject.path, 'address'];
    if (peer.interface === undefined && isLinkLocal(address) && !report.written([...subject.path, 'interface'])) {
      report.error(path, `${peer.address} is link-local and needs an \`interface\``, '`interface` as well');
    } else if (peer.interface !== undefined && !isLinkLocal(address)) {
      const expected =
        'a link-local address or none with `interface`; `bind-device` to bind the session to an interface';
      report.error(path, `${peer.address} is not link-local`, expected);
    }
  }
}

/** A peer is identified by its address or its interface. */
export function checkDuplicatePeers({ peers, report }: CheckContext): void {
  const seen = new Map<string, Path>();
  for (const { name, peer, subject } of peers) {
    const key = peer.address === undefined ? 'interface' : 'address';
    const path = [...subject.path, key];
    const first = seen.get(name);
    if (first === undefined) seen.set(name, path);
    else
      report.error(
        path,
        `duplicate peer ${peer.address ?? name} (see line ${report.lineOf(first)})`,
        `each ${key} once`,
      );
  }
}

/** Ranges may overlap, but not be equal. */
export function checkDuplicateRanges({ draft, report }: CheckContext): void {
  const seen = new Map<string, Path>();
  for (const { path, range } of rangesOf(draft)) {
    const key = formatPrefix(parsePrefix(range)!);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, path);
    else report.error(path, `duplicate dynamic range ${range} (see line ${report.lineOf(first)})`, 'each range once');
  }
}

/** A connection to one of our listen addresses would reach this router itself. */
export function checkOwnAddress({ draft, peers, report }: CheckContext): void {
  for (const { address, peer, subject } of peers) {
    if (peer.interface !== undefined || subject.get('passive') || subject.get('shutdown')) continue;
    const own = draft.listen.some(
      (listen) => listen.port === subject.get('port') && sameAddress(parseAddress(listen.address)!, address),
    );
    if (!own) continue;
    const what = `${peer.address} port ${subject.get('port')} is a listen address of this router: it would connect to itself`;
    report.error([...subject.path, 'address'], what, 'the address of another router');
  }
}

/** A peer must not have an address of this router. Several routers can share the loopback addresses of a host. */
export function checkPeerIsSelf({ draft, peers, report }: CheckContext): void {
  const ours = new Map<string, string>();
  for (const { address } of draft.listen) ours.set(formatAddress(parseAddress(address)!), '`listen`');
  for (const { subject } of peers) {
    const local = subject.get('local-address');
    if (local !== null) ours.set(formatAddress(parseAddress(local)!), '`local-address`');
  }
  if (draft.router.id !== undefined) ours.set(draft.router.id, '`router.id`');
  for (const { address, name, peer, subject } of peers) {
    const where = peer.interface === undefined ? ours.get(name) : undefined;
    if (where === undefined || isLoopback(address)) continue;
    const what = `${name} is an address of this router (${where})`;
    report.warn([...subject.path, 'address'], what, 'the address of another router');
  }
}

function isLoopback(address: Uint8Array): boolean {
  return address.length === 4 ? address[0] === 127 : formatAddress(address) === '::1';
}

/** Commands accept the description of a peer as its name if it is unique. */
export function checkDescriptions({ peers, report }: CheckContext): void {
  const seen = new Map<string, Path>();
  for (const { peer, subject } of peers) {
    const { description = '' } = peer;
    if (description === '') continue;
    const path = [...subject.path, 'description'];
    const first = seen.get(description);
    if (first === undefined) seen.set(description, path);
    else {
      const what = `another peer has the description "${description}" (line ${report.lineOf(first)}): commands accept it for neither`;
      report.warn(path, what, 'a unique description');
    }
  }
}

/** A configured peer inherits nothing from a range that contains it, so it silently is not a client. */
export function checkNamedClients({ draft, peers, domain, report }: CheckContext): void {
  const name = 'route-reflector-client';
  const clients = rangesOf(draft).filter(({ group }) => draft.groups[group]![name] === true);
  for (const { address, peer, subject } of peers) {
    const isSaid = subject.places.some(({ settings }) => settings[name] !== undefined);
    if (peer.interface !== undefined || isSaid || sideOf(subject.get('as'), domain) !== 'internal') continue;
    const range = clients.find((each) => prefixContains(parsePrefix(each.range)!, address));
    if (range === undefined) continue;
    const what = `${peer.address} is in the range ${range.range} of the group \`${range.group}\`, whose peers are clients; configured here it is not a client`;
    report.warn([...subject.path, 'address'], what, `\`group: ${range.group}\`, or an explicit \`${name}\``);
  }
}

/** A group without peers. */
export function checkUnusedGroups({ draft, groups, report }: CheckContext): void {
  const used = new Set(draft.peers.map(({ group }) => group));
  for (const { name } of groups) {
    if (used.has(name) || (draft.groups[name]!.dynamic ?? []).length > 0) continue;
    report.warn(['groups', name], `the group \`${name}\` has no peers`, 'a peer or a dynamic range', {
      at: 'key',
    });
  }
}

/** A configuration without peers. */
export function checkNoPeers({ draft, report }: CheckContext): void {
  if (draft.peers.length > 0 || rangesOf(draft).length > 0) return;
  report.warn([], 'there are no peers', 'peers under `peers`, or a group with a `dynamic` range', { at: 'key' });
}

/** A passive peer needs a listen address of its IP version. */
export function checkReachable({ draft, peers, report }: CheckContext): void {
  const listened = draft.listen.map(({ address }) => parseAddress(address)!.length);
  for (const { path, range } of rangesOf(draft)) {
    const { address } = parsePrefix(range)!;
    if (!listened.includes(address.length)) unreachable(path, address);
  }
  for (const { address, peer, subject } of peers) {
    if (!subject.get('passive') || listened.includes(address.length)) continue;
    unreachable([...subject.path, peer.address === undefined ? 'interface' : 'address'], address);
  }
  function unreachable(path: Path, address: Uint8Array): void {
    const version = versionOf(address);
    const what = `the peer cannot connect: there is no ${version} listen address`;
    report.warn(path, what, `an ${version} address under \`listen\``);
  }
}

interface RangeAt {
  readonly group: string;
  readonly path: Path;
  readonly range: string;
}

export function rangesOf(draft: Draft): RangeAt[] {
  return Object.entries(draft.groups).flatMap(([group, { dynamic = [] }]) =>
    dynamic.map(({ range }, at) => ({ group, path: ['groups', group, 'dynamic', at, 'range'], range })),
  );
}
