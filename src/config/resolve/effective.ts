/** The effective settings of a peer: its own, those of its group, and the defaults. */

import { parseAs } from '../../lib/as-number.ts';
import type { Path } from '../problems/problems.ts';
import type { Domain } from '../schema/confederation.ts';
import type { Draft, PeerConfig } from '../schema/schema.ts';
import { SETTINGS, type SettingName, type Settings } from '../settings/settings.ts';
import { familyNameOf } from '../values/families.ts';

type Default<Name extends SettingName> = (typeof SETTINGS)[Name]['default'];

/** The effective value; null if it is a default that depends on something else. */
export type Effective<Name extends SettingName> = NonNullable<Settings[Name]> | Default<Name>;

/** A source of settings: the peer itself, or its group. */
interface Place {
  readonly path: Path;
  readonly settings: Settings;
}

/** A peer or a group with everything that it inherits. */
export class Subject {
  readonly path: Path;
  readonly places: readonly Place[];
  /** An unnumbered peer: it is identified by its interface. */
  readonly onLink: boolean;

  constructor(places: readonly Place[], onLink = false) {
    this.onLink = onLink;
    this.path = places[0]!.path;
    this.places = places;
  }

  get<Name extends SettingName>(name: Name): Effective<Name> {
    const value = this.placeOf(name)?.settings[name];
    return (value ?? SETTINGS[name].default) as Effective<Name>;
  }

  /** The names of its families, also of those that are configured by number. */
  get familyNames(): readonly string[] {
    return [...new Set(this.get('families').map(familyNameOf))];
  }

  /** The default of unnumbered peers is true, because their links may have no IPv4 addresses. */
  get extendedNextHop(): boolean {
    return this.get('extended-next-hop') ?? this.onLink;
  }

  /** The path where the setting is written, or null if it has its default. */
  pathOf(name: SettingName): Path | null {
    const place = this.placeOf(name);
    return place === undefined ? null : [...place.path, name];
  }

  /** Whether the first place sets it itself rather than inheriting it. */
  says(name: SettingName): boolean {
    return this.places[0]!.settings[name] !== undefined;
  }

  private placeOf(name: SettingName): Place | undefined {
    return this.places.find(({ settings }) => settings[name] !== undefined);
  }
}

/** A group alone. */
export function groupSubject(draft: Draft, name: string): Subject {
  return new Subject([{ path: ['groups', name], settings: draft.groups[name]! }]);
}

/** A peer with its group, if it has an existing one. */
export function peerSubject(draft: Draft, peer: PeerConfig, path: Path): Subject {
  const places: Place[] = [{ path, settings: peer }];
  const group = peer.group !== undefined && Object.hasOwn(draft.groups, peer.group) ? draft.groups[peer.group] : null;
  if (group) places.push({ path: ['groups', peer.group!], settings: group });
  return new Subject(places, peer.interface !== undefined);
}

/** Where a peer is: in our AS, in another member AS of our confederation (RFC 5065), or outside. */
export type Side = 'internal' | 'confederation' | 'external';

/** Which side an AS rule means; null when not known, `mixed` when more than one. */
export function sideOf(rule: Effective<'as'>, domain: Domain): Side | 'mixed' | null {
  if (rule === null) return null;
  if (rule === 'internal' || rule === 'external') return rule;
  if (domain.as === null) return null;
  const sides = new Set((Array.isArray(rule) ? rule : [rule]).map((as) => sideOfAs(parseAs(as), domain)));
  return sides.size > 1 ? 'mixed' : [...sides][0]!;
}

function sideOfAs(as: number | null, { as: ours, confederation }: Domain): Side {
  if (as === ours) return 'internal';
  return as !== null && confederation?.members.includes(as) ? 'confederation' : 'external';
}
