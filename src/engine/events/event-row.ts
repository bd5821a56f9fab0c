/**
 * A row of the event catalogue: the kinds of field that an event has, and the types that follow from them.
 */
import type { LogLevel } from '../../spec/router.ts';

/** Parts of the daemon that emit events; each has its own log level. */
export const COMPONENTS = ['daemon', 'config', 'listen', 'peer', 'update', 'fib', 'control', 'http', 'log'] as const;

export type Component = (typeof COMPONENTS)[number];

/**
 * Value types by the name that a row uses for them; with a `?` the value may be null. Addresses and prefixes are text.
 */
interface FieldTypes {
  text: string;
  'text?': string | null;
  number: number;
  'number?': number | null;
  boolean: boolean;
  texts: readonly string[];
}

/** A named kind, or the list of words that are valid in the field. */
type FieldKind = keyof FieldTypes | readonly string[];

type FieldValue<K extends FieldKind> = K extends keyof FieldTypes
  ? FieldTypes[K]
  : K extends readonly (infer Word)[]
    ? Word
    : never;

type FieldKinds = Readonly<Record<string, FieldKind>>;

/** The fields of an event as its emitter gives them. */
export type Fields<K extends FieldKinds> = { readonly [F in keyof K]: FieldValue<K[F]> };

/**
 * How the log limits repetition: `peer` and `address` count per value of that field, `name` per event name;
 * null: the log writes every event.
 */
export type LimitBy = 'peer' | 'address' | 'name' | null;

export interface EventRow<K extends FieldKinds = FieldKinds> {
  readonly component: Component;
  readonly level: LogLevel;
  readonly limitBy: LimitBy;
  /** One line for the reference: when the daemon emits the event. */
  readonly meaning: string;
  /**
   * The sentence in the log; `{field}` stands for the value of the field, and `[route|routes]` for one of the two after
   * the last number.
   */
  readonly message: string;
  readonly fields: K;
  /** A command asked for the event: the log writes it at any `log.level`. */
  readonly isAskedFor?: true;
}

/** A row that keeps its texts as literal types. */
export function eventRow<const K extends FieldKinds>(row: EventRow<K>): EventRow<K> {
  return row;
}
