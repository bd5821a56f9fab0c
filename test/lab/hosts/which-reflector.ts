/** reflectord, or in its place another reflector, to see that what the tests expect is what the field does. */
import { birdReflector } from './bird-reflector.ts';
import type { Reflector, ReflectorOptions } from './reflector.ts';
import { ReflectordReflector } from './reflectord.ts';

/** True when the tests run against reflectord, so that they may ask it what only it can answer. */
export const OURS = process.env.LAB_REFLECTOR !== 'bird2';

export function reflector(options: ReflectorOptions): Reflector {
  return OURS ? new ReflectordReflector(options) : birdReflector(options);
}
