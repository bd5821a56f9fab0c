/** The JSON of `show config`: the configuration in force, one item per key. */

/** Where a value comes from; `file`: a section that is neither a group nor a peer. */
export type ConfigSource = 'file' | 'group' | 'peer' | 'default';

/** A key with its value. A file comes before its defaults within each mapping, so that a writer needs no memory. */
export interface ConfigValueView {
  readonly kind: 'value';
  /** `['router', 'as']`, `['peers', 0, 'hold-time']`; `['*', 'hold-time']`: the default of all groups and peers. */
  readonly path: readonly (string | number)[];
  /** The value with the keys of the file; null: the default depends on something else, see `words`. */
  readonly value: unknown;
  readonly source: ConfigSource;
  /** `file:line`; null: the file does not have it. */
  readonly place: string | null;
  /** The default in words, if it is not a fixed value. */
  readonly words: string | null;
  /** Defaults of keys that the mapping in `value` does not have. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** A secret within the value is replaced by asterisks. */
  readonly masked: boolean;
}

/** What a reader must know about all of it, such as a change that waits for a restart. */
interface ConfigNoteView {
  readonly kind: 'note';
  readonly text: string;
}

export type ConfigView = ConfigValueView | ConfigNoteView;
