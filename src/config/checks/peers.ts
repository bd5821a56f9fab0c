/** Peers, groups and ranges among each other: who exists, who exists twice, who is left over. */
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
import { versionOf } from '../schema/addresses.ts';
import type { Draft } from '../schema/schema.ts';
import type { CheckContext } from './context.ts';

/** A peer's group must be there. */
export function checkUnknownGroups({ draft, report }: CheckContext): void {
  const names = Object.keys(draft.groups);
  for (const [at, { group }] of draft.peers.entries()) {
    // A group that is there, but wrong, is told of where it stands.
    if (group === undefined || names.includes(group) || report.written(['groups', group])) continue;
    const meant = nearest(group, names);
    const right = names.length === 0 ? 'a group under `groups`; there is none' : `one of ${names.join(', ')}`;
    const suggestion = meant === null ? null : `did you mean \`${meant}\`?`;
    report.error(['peers', at, 'group'], `there is no group \`${group}\``, right, { suggestion });
  }
}

/** A peer is somewhere. */
export function checkWhereabouts({ draft, report }: CheckContext): void {
  for (const [at, { address, interface: interfaceName }] of draft.peers.entries()) {
    const path = ['peers', at];
    if (address !== undefined || interfaceName !== undefined) continue;
    if (report.written([...path, 'address']) || report.written([...path, 'interface'])) continue;
    const right = 'the address of the peer, or an `interface` to find it on';
    report.error(path, '`address` is missing', right, { at: 'key' });
  }
}

/** A link-local address is on some link, and only such ones are. */
export function checkLinks({ peers, report }: CheckContext): void {
  for (const { address, peer, subject } of peers) {
    if (peer.address === undefined) continue;
    const path = [...subject.path, 'address'];
    if (peer.interface === undefined && isLinkLocal(address) && !report.written([...subject.path, 'interface'])) {
      report.error(path, `${peer.address} is link-local: every link has its own`, 'an `interface` beside it');
    } else if (peer.interface !== undefined && !isLinkLocal(address)) {
      const right = 'a link-local address beside `interface`, or none; `bind-device` where the routes lead elsewhere';
      report.error(path, `${peer.address} is not link-local`, right);
    }
  }
}

/** A peer is known by its address, or by its interface. */
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
        `${peer.address ?? name} is a peer already (line ${report.lineOf(first)})`,
        `each ${key} once`,
      );
  }
}

/** Ranges may lie in each other, but none may be there twice. */
export function checkDuplicateRanges({ draft, report }: CheckContext): void {
  const seen = new Map<string, Path>();
  for (const { path, range } of rangesOf(draft)) {
    const key = formatPrefix(parsePrefix(range)!);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, path);
    else report.error(path, `${range} is a dynamic range already (line ${report.lineOf(first)})`, 'each range once');
  }
}

/** A connection to an address that we listen on would reach ourselves. */
export function checkOwnAddress({ draft, peers, report }: CheckContext): void {
  for (const { address, peer, subject } of peers) {
    if (peer.interface !== undefined || subject.get('passive') || subject.get('shutdown')) continue;
    const own = draft.listen.some(
      (listen) => listen.port === subject.get('port') && sameAddress(parseAddress(listen.address)!, address),
    );
    if (!own) continue;
    const what = `${peer.address} port ${subject.get('port')} is listened on: the connection would reach this router itself`;
    report.error([...subject.path, 'address'], what, 'the address of another speaker');
  }
}

/** A peer at an address that is this router's own. On the loopback several routers may share a host. */
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
    const what = `${name} is this router's own address (${where})`;
    report.warn([...subject.path, 'address'], what, 'the address of another speaker');
  }
}

function isLoopback(address: Uint8Array): boolean {
  return address.length === 4 ? address[0] === 127 : formatAddress(address) === '::1';
}

/** Commands name a peer by its description where only one has it. */
export function checkDescriptions({ peers, report }: CheckContext): void {
  const seen = new Map<string, Path>();
  for (const { peer, subject } of peers) {
    const { description = '' } = peer;
    if (description === '') continue;
    const path = [...subject.path, 'description'];
    const first = seen.get(description);
    if (first === undefined) seen.set(description, path);
    else {
      const what = `another peer is called "${description}" already (line ${report.lineOf(first)}): commands take neither by it`;
      report.warn(path, what, 'a description that no other peer has');
    }
  }
}

/** A peer that is named takes nothing from the range that its address lies in: a client becomes none, silently. */
export function checkNamedClients({ draft, peers, domain, report }: CheckContext): void {
  const name = 'route-reflector-client';
  const clients = rangesOf(draft).filter(({ group }) => draft.groups[group]![name] === true);
  for (const { address, peer, subject } of peers) {
    const isSaid = subject.places.some(({ settings }) => settings[name] !== undefined);
    if (peer.interface !== undefined || isSaid || sideOf(subject.get('as'), domain) !== 'internal') continue;
    const range = clients.find((each) => prefixContains(parsePrefix(each.range)!, address));
    if (range === undefined) continue;
    const what = `${peer.address} is in the range ${range.range} of the group \`${range.group}\`, whose peers are clients; named here it is none`;
    report.warn([...subject.path, 'address'], what, `\`group: ${range.group}\`, or \`${name}\` written out`);
  }
}

/** A group that nobody is in. */
export function checkUnusedGroups({ draft, groups, report }: CheckContext): void {
  const used = new Set(draft.peers.map(({ group }) => group));
  for (const { name } of groups) {
    if (used.has(name) || (draft.groups[name]!.dynamic ?? []).length > 0) continue;
    report.warn(['groups', name], `no peer is in the group \`${name}\``, 'a peer or a dynamic range in it', {
      at: 'key',
    });
  }
}

/** Nobody to talk to. */
export function checkNoPeers({ draft, report }: CheckContext): void {
  if (draft.peers.length > 0 || rangesOf(draft).length > 0) return;
  report.warn([], 'there are no peers', 'peers under `peers`, or a group with a `dynamic` range', { at: 'key' });
}

/** Who only waits for connections needs an address of its IP version that is listened on. */
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
    const what = `nobody can connect from there: no ${version} address is listened on`;
    report.warn(path, what, `an ${version} address under \`listen\``);
  }
}

interface RangeAt {
  readonly group: string;
  readonly path: Path;
  readonly range: string;
}

function rangesOf(draft: Draft): RangeAt[] {
  return Object.entries(draft.groups).flatMap(([group, { dynamic = [] }]) =>
    dynamic.map(({ range }, at) => ({ group, path: ['groups', group, 'dynamic', at, 'range'], range })),
  );
}
