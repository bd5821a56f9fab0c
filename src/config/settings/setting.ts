/** One setting of a peer or a group: the kind of its value, its default and its description. */
import type { z } from 'zod';
import type { Reload, ReloadException } from '../values/reload.ts';

/** The sections of the reference page that the settings stand in. */
export type Topic =
  | 'identity'
  | 'reflection'
  | 'session'
  | 'families'
  | 'restart'
  | 'limits'
  | 'attributes'
  | 'transport'
  | 'bfd'
  | 'damping';

/** The documentation of a setting: the reference page, the manual and the JSON Schema are made from it. */
interface About {
  readonly topic: Topic;
  /** One short sentence. */
  readonly description: string;
  /** Further sentences. One that begins with `- ` is an item of a list. */
  readonly details?: readonly string[];
  /** The default in words, if it is not a fixed value. */
  readonly defaultWords?: string;
  readonly examples: readonly unknown[];
  readonly reload: Reload;
  /** Changes of the value with another effect. */
  readonly reloadExcept?: ReloadException;
}

interface Setting<T extends z.ZodType, D> {
  readonly type: z.ZodOptional<T>;
  readonly default: D;
}

/** @param fallback the default; null if it depends on something else, which `about.defaultWords` explains */
export function setting<T extends z.ZodType, D extends z.output<T> | null>(
  type: T,
  fallback: D,
  about: About,
): Setting<T, D> {
  const shown = fallback === null ? about : { ...about, default: fallback };
  return { type: type.optional().meta({ ...shown }), default: fallback };
}
