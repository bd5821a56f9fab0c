/**
 * What a row of the event catalogue is: the kinds of field an event has, and the types that follow from them.
 * No I/O, no timers.
 */
import type { LogLevel } from '../../spec/router.ts';

/** Parts of the daemon that tell something; the log level can be set for each. */
export const COMPONENTS = ['daemon', 'config', 'listen', 'peer', 'update', 'fib', 'control', 'http', 'log'] as const;

export type Component = (typeof COMPONENTS)[number];

/** Value types by the name that a row gives them; a `?` may be null. Addresses and prefixes are text. */
interface FieldTypes {
  text: string;
  'text?': string | null;
  number: number;
  'number?': number | null;
  boolean: boolean;
  texts: readonly string[];
}

/** A named kind, or the list of words that the field may be. */
export type FieldKind = keyof FieldTypes | readonly string[];

type FieldValue<K extends FieldKind> = K extends keyof FieldTypes
  ? FieldTypes[K]
  : K extends readonly (infer Word)[]
    ? Word
    : never;

export type FieldKinds = Readonly<Record<string, FieldKind>>;

/** The fields of an event as its emitter gives them. */
export type Fields<K extends FieldKinds> = { readonly [F in keyof K]: FieldValue<K[F]> };

/**
 * How repetition is bounded in the log: `peer` and `address` count per value of that field, `name` per event name;
 * null: every one is written.
 */
export type LimitBy = 'peer' | 'address' | 'name' | null;

export interface EventRow<K extends FieldKinds = FieldKinds> {
  readonly component: Component;
  readonly level: LogLevel;
  readonly limitBy: LimitBy;
  /** One line for the reference: when it is told. */
  readonly meaning: string;
  /** The log's sentence; `{field}` stands for the field's value. */
  readonly message: string;
  readonly fields: K;
}

/** A row with its words kept as literal types. */
export function eventRow<const K extends FieldKinds>(row: EventRow<K>): EventRow<K> {
  return row;
}
