/**
 * A configuration as messages between threads, in pieces that are quickly read: the reload of a thousand peers or ten
 * thousand rules must not block the thread that receives them.
 */
import { Secret } from '../../lib/secret.ts';
import type { DynamicRangeSpec, PeerSpec } from '../../spec/peer.ts';
import type { PolicySpec, PrefixSet, RuleSpec } from '../../spec/policy.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { ConfigRead } from './read-config.ts';

type Read = Extract<ConfigRead, { readonly ok: true }>;
type Head = Omit<Read, 'spec'> & { readonly spec: Omit<RouterSpec, 'peers' | 'ranges' | 'policies'> };
/** What several peers have in common is sent once. */
interface Packed {
  readonly own: object;
  /** Places in the pieces `shared`, by field. */
  readonly shared: Readonly<Record<string, number>>;
}

/** In this order; prefix sets and shared objects come before what names them. */
export type Piece =
  | { readonly kind: 'set'; readonly set: object }
  | { readonly kind: 'shared'; readonly object: object }
  | { readonly kind: 'peers' | 'ranges'; readonly list: readonly Packed[] }
  | { readonly kind: 'policy'; readonly policy: Omit<PolicySpec, 'rules'> }
  | { readonly kind: 'rules'; readonly rules: readonly RuleSpec[] }
  /** Ends a configuration, or is all of one with errors. */
  | { readonly kind: 'end'; readonly head: Head | Extract<ConfigRead, { readonly ok: false }> };

/** Peers or rules of a piece. */
const PIECE = 50;

/** The pieces of a result. */
export function* piecesOf(read: ConfigRead): Generator<Piece> {
  if (!read.ok) {
    yield { kind: 'end', head: read };
    return;
  }
  const { spec, ...more } = read;
  const { peers, ranges, policies, ...rest } = spec;
  const packer = new Packer();
  const head = packer.plain({ ...more, spec: rest }) as Head;
  for (const [kind, all] of [
    ['peers', peers],
    ['ranges', ranges],
  ] as const) {
    for (let at = 0; at < all.length; at += PIECE) {
      const list = all.slice(at, at + PIECE).map((one) => packer.packed(one));
      yield* packer.made();
      yield { kind, list };
    }
  }
  for (const { rules, ...policy } of policies.values()) {
    yield { kind: 'policy', policy };
    for (let at = 0; at < rules.length; at += PIECE) {
      const piece = packer.plain(rules.slice(at, at + PIECE)) as RuleSpec[];
      yield* packer.made();
      yield { kind: 'rules', rules: piece };
    }
  }
  yield* packer.made();
  yield { kind: 'end', head };
}

class Packer {
  private readonly sets = new Map<string, number>();
  private readonly shared = new Map<object, number>();
  private pieces: Piece[] = [];

  /** The sets and shared objects that were found since the last call. */
  made(): readonly Piece[] {
    const { pieces } = this;
    this.pieces = [];
    return pieces;
  }

  packed(one: object): Packed {
    const own: Record<string, unknown> = {};
    const shared: Record<string, number> = {};
    for (const [field, value] of Object.entries(one)) {
      if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) shared[field] = this.share(value);
      else own[field] = value;
    }
    return { own, shared };
  }

  private share(object: object): number {
    const known = this.shared.get(object);
    if (known !== undefined) return known;
    const number = this.shared.size;
    this.shared.set(object, number);
    const plain = this.plain(object) as object;
    this.pieces.push({ kind: 'shared', object: plain });
    return number;
  }

  /** The same without secrets and prefix sets, which are not plain data. */
  plain(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (value instanceof Secret) return { $secret: value.reveal() };
    if (Array.isArray(value)) return value.map((one) => this.plain(one));
    if ('toJSON' in value) return this.set(value as PrefixSet);
    const out: Record<string, unknown> = {};
    for (const [field, one] of Object.entries(value)) out[field] = this.plain(one);
    return out;
  }

  private set({ name, digest, ipv4, ipv6 }: PrefixSet): { readonly $set: number; readonly name: string } {
    const number = this.sets.get(digest) ?? this.sets.size;
    if (number === this.sets.size) {
      this.sets.set(digest, number);
      this.pieces.push({ kind: 'set', set: { digest, ipv4, ipv6 } });
    }
    return { $set: number, name };
  }
}

/**
 * The result that pieces make.
 * @param next the next piece
 * @returns yields between pieces
 */
export function* fromPieces(next: () => Piece): Generator<undefined, ConfigRead> {
  const sets: Omit<PrefixSet, 'name' | 'toJSON'>[] = [];
  const shared: unknown[] = [];
  const lists = { peers: [] as PeerSpec[], ranges: [] as DynamicRangeSpec[] };
  const policies = new Map<string, PolicySpec>();
  let rules: RuleSpec[] = [];
  const unpacked = ({ own, shared: places }: Packed) => {
    const out = own as Record<string, unknown>;
    for (const [field, place] of Object.entries(places)) out[field] = shared[place];
    return out as never;
  };
  for (;;) {
    const piece = next();
    switch (piece.kind) {
      case 'set':
        sets.push(piece.set as (typeof sets)[number]);
        break;
      case 'shared':
        shared.push(revived(piece.object, sets));
        break;
      case 'policy':
        rules = [];
        policies.set(piece.policy.name, { ...piece.policy, rules });
        break;
      case 'rules':
        for (const rule of piece.rules) rules.push(revived(rule, sets) as RuleSpec);
        break;
      case 'end': {
        if (!piece.head.ok) return piece.head;
        const { spec, ...more } = revived(piece.head, sets) as Head;
        return { ...more, spec: { ...spec, ...lists, policies } };
      }
      default:
        lists[piece.kind].push(...piece.list.map(unpacked));
    }
    yield undefined;
  }
}

/** Puts secrets and prefix sets back into plain data, in place. */
function revived(value: unknown, sets: readonly Omit<PrefixSet, 'name' | 'toJSON'>[]): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const fields = value as Record<string, unknown>;
  if (fields.$secret instanceof Uint8Array) return new Secret(fields.$secret);
  if (typeof fields.$set === 'number') {
    const set = sets[fields.$set]!;
    return { ...set, name: fields.name, toJSON: () => set.digest };
  }
  for (const field of Object.keys(fields)) {
    const one = fields[field];
    if (typeof one === 'object' && one !== null) fields[field] = revived(one, sets);
  }
  return value;
}
