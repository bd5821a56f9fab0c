/**
 * A peer that behaves, and judges everything that it receives by the strict decoder: routes of another one that behaves must
 * stay, whatever others send.
 */
import { announce, END_OF_RIB, KEEPALIVE, open, type Route, u16 } from '../lab/updates.ts';
import { decode, Malformed, type Terms } from '../model/decoder.ts';
import { AS_OF, GROUPS, OTHERS } from './configuration.ts';
import { asUnicast } from './other-families.ts';

/** The reflector did what it must not do. */
export class Fault extends Error {}

interface Kind {
  readonly name: string;
  readonly address: string;
  readonly terms: Terms;
  readonly capabilities: readonly number[];
}

const FOUR = [0, 1, 1];
const SIX = [0, 2, 1];
const UNICAST = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0];
const AS4 = [65, 4, 0, 0, ...u16(AS_OF.hosts)];
const plain = { addPath: false, external: false, longest: 4096 };
const allFamilies = OTHERS.flatMap(({ afi, safi }) => [1, 4, ...u16(afi), 0, safi]);

/** How the observers differ: what they offer decides what they are sent. */
export const KINDS: readonly Kind[] = [
  {
    name: 'all families',
    address: `${GROUPS.hosts}.200.2`,
    terms: plain,
    capabilities: [...UNICAST, ...AS4, ...allFamilies],
  },
  {
    name: 'ADD-PATH',
    address: `${GROUPS.hosts}.200.3`,
    terms: { ...plain, addPath: true, longest: 65_535 },
    capabilities: [...UNICAST, ...AS4, 69, 8, ...FOUR, 1, ...SIX, 1, 6, 0, 70, 0],
  },
  {
    name: 'another AS',
    address: `${GROUPS.outside}.200.4`,
    terms: { ...plain, external: true },
    capabilities: [...UNICAST, 65, 4, 0, 0, ...u16(AS_OF.outside)],
  },
  {
    name: 'AS numbers of 2 octets',
    address: `${GROUPS.hosts}.200.5`,
    terms: { ...plain, as2: true },
    capabilities: UNICAST,
  },
];

/** A third of it is the time between two KEEPALIVE messages. */
export const HOLD_SECONDS = 30;
const NUMBERS = Array.from({ length: 24 }, (_, at) => at);

/** What the peer with the innocent routes announces: a prefix and its attributes. */
export const INNOCENT: readonly { readonly prefix: string; readonly route: Route }[] = NUMBERS.flatMap((at) => {
  const route = {
    localPref: 200 + at,
    asPath: at % 3 === 0 ? [] : [65_010, [4_200_000_001, 7]],
    med: at,
    communities: [0xfde8_0000 + at],
  };
  return [
    { prefix: `198.18.${at}.0/24`, route: { ...route, nextHop: '192.0.2.1' } },
    { prefix: `2001:db8:f${100 + at}::/48`, route: { ...route, nextHop: '2001:db8::1' } },
  ];
});
export const INNOCENT_ADDRESS = `${GROUPS.hosts}.200.1`;

/** What the peer with the innocent routes sends first. */
export function innocentMessages(): Uint8Array[] {
  const capabilities = [...UNICAST, ...AS4];
  const updates = INNOCENT.map(({ prefix, route }) => announce([prefix], route));
  return [
    open(AS_OF.hosts, 0x0aff_0001, { capabilities, holdSeconds: HOLD_SECONDS }),
    KEEPALIVE,
    ...updates,
    END_OF_RIB,
  ];
}

export class Observer {
  readonly kind: Kind;
  /** By prefix and path identifier: the attributes. */
  readonly table = new Map<string, string>();
  /** By prefix: what it holds when all is at rest, once that is known. */
  private reference: ReadonlyMap<string, string> | null = null;
  private rest = new Uint8Array(0);
  private isOpen = false;
  messages = 0;
  keepalives = 0;

  constructor(kind: Kind) {
    this.kind = kind;
  }

  opening(): Uint8Array[] {
    const { address, capabilities, terms } = this.kind;
    const as = terms.external ? AS_OF.outside : AS_OF.hosts;
    const routerId = 0x0aff_0000 + Number(address.split('.')[3]);
    const all = { capabilities: [...capabilities], holdSeconds: HOLD_SECONDS };
    return [open(as, routerId, all), KEEPALIVE, END_OF_RIB];
  }

  /** @throws Fault */
  receive(bytes: Uint8Array): void {
    const all = this.rest.length === 0 ? bytes : Uint8Array.from([...this.rest, ...bytes]);
    let at = 0;
    while (all.length - at >= 19) {
      const length = (all[at + 16]! << 8) | all[at + 17]!;
      if (length < 19 || length > this.kind.terms.longest) this.fail(`a message of ${length} octets`);
      if (all.length - at < length) break;
      this.judge(all.slice(at, at + length));
      at += length;
    }
    this.rest = all.slice(at);
  }

  private fail(words: string): never {
    throw new Fault(`the observer with ${this.kind.name}: ${words}`);
  }

  private judge(octets: Uint8Array): void {
    const { terms } = this.kind;
    this.messages++;
    try {
      const readable = octets[18] === 2 ? asUnicast(octets, terms.longest) : octets;
      if (readable === null) return;
      this.take(decode(readable, terms), readable !== octets);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.fail(`malformed (${error.message}): ${Buffer.from(octets).toString('hex')}`);
    }
  }

  private take(message: ReturnType<typeof decode>, isOther: boolean): void {
    if (this.isOpen === (message.kind === 'open')) this.fail(`${message.kind} out of turn`);
    if (message.kind === 'open') this.isOpen = true;
    if (message.kind === 'keepalive') this.keepalives++;
    if (message.kind === 'notification') this.fail(`NOTIFICATION ${message.code}/${message.subcode}`);
    if (message.kind !== 'update' || isOther) return;
    for (const { prefix, pathId } of message.withdrawn) this.withdraw(prefix, pathId);
    for (const { prefix, pathId } of message.announced)
      this.table.set(`${prefix} #${pathId}`, JSON.stringify(message.path));
  }

  private withdraw(prefix: string, pathId: number): void {
    const key = `${prefix} #${pathId}`;
    // What a hostile session has put in its place may go.
    const innocent = this.reference?.get(prefix);
    if (innocent !== undefined && innocent === this.table.get(key)) {
      this.fail(`${key} is withdrawn, and its only source did not withdraw it`);
    }
    this.table.delete(key);
  }

  private paths(): Map<string, string> {
    const paths = new Map<string, string>();
    for (const [key, path] of this.table) {
      const prefix = key.split(' ')[0]!;
      paths.set(prefix, paths.has(prefix) ? 'several paths' : path);
    }
    return paths;
  }

  /** All routes are those of the peer that behaves. Why not, or null. */
  difference(): string | null {
    const { reference } = this;
    const paths = this.paths();
    if (reference === null) return paths.size === INNOCENT.length ? null : `${paths.size} routes of ${INNOCENT.length}`;
    const wrong = [...reference].find(([prefix, path]) => paths.get(prefix) !== path);
    if (wrong !== undefined) return `${wrong[0]} is ${paths.get(wrong[0])} in place of ${wrong[1]}`;
    const more = [...paths.keys()].find((prefix) => !reference.has(prefix));
    return more === undefined ? null : `${more} is still there`;
  }

  /** Now all is at rest. */
  remember(): void {
    this.reference = this.paths();
  }

  failAtRest(difference: string): never {
    this.fail(`at rest ${difference}`);
  }
}
