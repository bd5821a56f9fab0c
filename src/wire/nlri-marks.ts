/**
 * The parts of an NLRI that policies ask for, as numbers: a route is matched without a text or an object for it. `fields` of the
 * codec has the same parts for people.
 */

/** The names of the parts. */
export type NlriPart = 'rd' | 'route-type' | 'vni' | 'mac';

/** A kind of routes of a family: a type of a typed NLRI, or all routes of the family. */
export interface NlriKind {
  /** The number of the type; null: the routes have none, or the type has no row. */
  readonly type: number | null;
  /** The name of the type in policies; '': none. */
  readonly word: string;
  readonly has: readonly NlriPart[];
}

/** -1: the route does not have the part. One object is used for one route after another. */
export class NlriMarks {
  routeType = -1;
  /** Type, administrator and number of the route distinguisher (RFC 4364 4.2). */
  rdType = -1;
  rdAdministrator = 0;
  rdNumber = 0;
  /** A MAC address as a number of 48 bits. */
  mac = -1;
  /** A MAC route has up to two (RFC 9135 3.2). */
  vni = -1;
  secondVni = -1;

  clear(): void {
    this.routeType = this.rdType = this.mac = this.vni = this.secondVni = -1;
  }
}
