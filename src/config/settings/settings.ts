/**
 * The settings of a peer or a group: one row each, by topic, with the kind of its value, its default and its description.
 * A new setting is a row in its file and a line in `resolve.ts`.
 */
import type { z } from 'zod';
import { IDENTITY } from './identity.ts';
import { PROTECTION } from './protection.ts';
import { ROUTES } from './routes.ts';
import { SESSION } from './session.ts';
import { TRANSPORT } from './transport.ts';

export const SETTINGS = {
  ...IDENTITY,
  ...SESSION,
  ...ROUTES,
  ...PROTECTION,
  ...TRANSPORT,
} as const;

export type SettingName = keyof typeof SETTINGS;

type Shape = { [Name in SettingName]: (typeof SETTINGS)[Name]['type'] };

/** The settings as the keys of an object, each optional. */
export const SETTINGS_SHAPE = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { type }]) => [name, type]),
) as unknown as Shape;

/** Settings as one group or peer has them; a missing one is inherited. */
export type Settings = { [Name in SettingName]?: z.output<Shape[Name]> | undefined };
