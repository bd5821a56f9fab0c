/** `show interfaces`: the interfaces of the host as `ip` shows them, with the peers on them and what follows their state. */
import { CommandError } from '../../engine/api/commands.ts';
import type { InterfaceView } from '../../engine/api/watch-commands.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { queryIp } from '../../io/iproute2/ip/ip-command.ts';
import { formatAddress, maskAddress, parseAddress, prefixContains } from '../../lib/ip.ts';

/** Without an answer for this long, `ip` is killed. */
const TIMEOUT_MS = 5000;

/** What it reads of the daemon. */
interface Subject {
  readonly engine: Engine;
  /** `nextHops`: null if next hops are not checked. */
  readonly fib: { problems(): readonly string[]; readonly nextHops: unknown };
}

interface Interface extends Pick<InterfaceView, 'name' | 'state' | 'mtu'> {
  readonly addresses: readonly { readonly address: Uint8Array; readonly length: number }[];
}

/** @throws CommandError if `ip` cannot be run */
export async function* showInterfaces(
  subject: Subject,
  command: readonly string[] = ['ip'],
): AsyncGenerator<InterfaceView> {
  const found: Interface[] = [];
  try {
    await queryIp({ command, timeoutMs: TIMEOUT_MS }, ['-j', 'address', 'show'], (object) => {
      const one = readInterface(object);
      if (one !== null) found.push(one);
    });
  } catch (error) {
    throw new CommandError(`cannot read the interfaces of this host with \`ip\`: ${(error as Error).message}`);
  }
  const peers = [...subject.engine.peers.values()];
  const names = new Set(found.map(({ name }) => name));
  for (const one of found) yield viewInterface(subject, one, peers);
  // A peer whose interface does not exist (yet).
  for (const name of new Set(peers.flatMap(({ spec }) => spec.interfaceName ?? [])))
    if (!names.has(name)) yield viewInterface(subject, { name, state: 'down', mtu: 0, addresses: [] }, peers, true);
}

function viewInterface({ fib }: Subject, one: Interface, all: readonly Peer[], isMissing = false): InterfaceView {
  const { name, state, mtu, addresses } = one;
  const tracksNextHops = fib.nextHops !== null;
  const configured = all.filter(({ spec }) => spec.interfaceName === name);
  const peers = all.filter((peer) => configured.includes(peer) || isOn(peer, one));
  const trouble = configured.map((peer) => peer.transportProblem).find((problem) => problem !== null);
  const problem = isMissing
    ? 'there is no such interface; its peers connect as soon as it exists'
    : (trouble ?? (tracksNextHops ? fib.problems()[0] : undefined));
  return {
    name,
    state,
    mtu,
    addresses: addresses.map(({ address, length }) => `${formatAddress(address)}/${length}`),
    peers: peers.map((peer) => peer.name),
    tracking: [...(configured.length > 0 ? ['peers'] : []), ...(tracksNextHops ? ['next hops'] : [])],
    problem: problem ?? null,
  };
}

/** Whether the session of a peer uses the interface; without a session: whether its address is in a network there. */
function isOn({ spec, session }: Peer, { name, addresses }: Interface): boolean {
  if (spec.interfaceName !== null) return false;
  const tcp = session?.connection.tcp;
  if (tcp?.interfaceName != null) return tcp.interfaceName === name;
  if (tcp !== undefined) {
    const local = formatAddress(tcp.localAddress);
    return addresses.some(({ address }) => formatAddress(address) === local);
  }
  return addresses.some(({ address, length }) =>
    prefixContains({ address: maskAddress(address, length), length }, spec.address),
  );
}

/** An object of `ip -j address show`; null: it is none. */
function readInterface(object: unknown): Interface | null {
  const { ifname, flags, operstate, mtu, addr_info } = object as Record<string, unknown>;
  if (typeof ifname !== 'string' || !Array.isArray(flags)) return null;
  const rows = Array.isArray(addr_info) ? (addr_info as Record<string, unknown>[]) : [];
  return {
    name: ifname,
    state: stateOf(flags, operstate),
    mtu: typeof mtu === 'number' ? mtu : 0,
    addresses: rows.flatMap(({ local, prefixlen }) => {
      const address = typeof local === 'string' ? parseAddress(local) : null;
      return address === null || typeof prefixlen !== 'number' ? [] : [{ address, length: prefixlen }];
    }),
  };
}

function stateOf(flags: readonly unknown[], operstate: unknown): InterfaceView['state'] {
  if (!flags.includes('UP')) return 'down';
  if (flags.includes('NO-CARRIER')) return 'no-carrier';
  if (operstate === 'UNKNOWN') return 'unknown';
  return operstate === 'UP' ? 'up' : 'down';
}
