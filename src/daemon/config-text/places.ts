/** Lines of the configuration in force that are about peers; a long text is read in a thread of its own. */
import { parse } from 'yaml';
import { load } from '../../config/read/load.ts';
import { secretReader, textReader } from '../../io/system/secrets.ts';
import { parseAddress } from '../../lib/ip.ts';
import { inThread, type PeerAsked, SHORT } from './values.ts';

/** A key of a peer; null: the peer itself. */
export interface PlaceAsked {
  readonly peer: PeerAsked;
  readonly key: string | null;
}

export interface PlacesAsked {
  readonly text: string;
  readonly path: string;
  readonly questions: readonly PlaceAsked[];
}

/** `file:line` of each question, in their order; null: it is not known. @param worker path of the built `worker` */
export async function findPlaces(asked: PlacesAsked, worker: () => string): Promise<(string | null)[]> {
  if (asked.questions.length === 0) return [];
  if (asked.text.length <= SHORT) return [...placesOf(asked)];
  const places: (string | null)[] = [];
  for await (const place of inThread<string | null>(asked, worker())) places.push(place);
  return places;
}

export function* placesOf({ text, path, questions }: PlacesAsked): Generator<string | null> {
  const places = new Places(text, path);
  for (const question of questions) yield places.of(question);
}

export class Places {
  private readonly path: string;
  private readonly located: Extract<ReturnType<typeof load>, { readonly ok: true }> | null;
  private readonly raw: Raw;
  /** The row of a peer, by its interface or its address. */
  private readonly rows = new Map<string, number>();

  constructor(text: string, path: string) {
    this.path = path;
    const loaded = load(text, path, secretReader(path), textReader(path));
    this.located = loaded.ok ? loaded : null;
    this.raw = loaded.ok ? (parse(text) as Raw) : {};
    for (const [index, { interface: name, address }] of (this.raw.peers ?? []).entries()) {
      for (const key of [name, address, typeof address === 'string' ? octetsOf(parseAddress(address)) : null])
        if (typeof key === 'string' && !this.rows.has(key)) this.rows.set(key, index);
    }
  }

  /** `file:line` of a key of the peer: there or in its group; of the peer, if neither has the key; null: it is not known. */
  of({ peer: { name, group, interfaceName, address }, key }: PlaceAsked): string | null {
    const { rows, raw } = this;
    const index = rows.get(interfaceName ?? name) ?? rows.get(octetsOf(address) ?? '') ?? -1;
    const own = ['peers', index] as const;
    const inherited = ['groups', group] as const;
    if (key !== null && index >= 0 && key in raw.peers![index]!) return this.lineOf([...own, key]);
    if (key !== null && key in (raw.groups?.[group] ?? {})) return this.lineOf([...inherited, key]);
    if (index >= 0) return this.lineOf([...own]);
    return raw.groups?.[group] === undefined ? null : this.lineOf([...inherited, 'dynamic']);
  }

  private lineOf(path: readonly (string | number)[]): string | null {
    const [found] = this.located?.locate([{ path, what: '', expected: '' }]) ?? [];
    return found === undefined ? null : `${this.path}:${found.line}`;
  }
}

function octetsOf(address: Uint8Array | null): string | null {
  return address === null || address.length === 0 ? null : `octets ${address.join('.')}`;
}

/** The file before it is checked; only what `Places` needs. */
interface Raw {
  readonly peers?: readonly Readonly<Record<string, unknown>>[];
  readonly groups?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
