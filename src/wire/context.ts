/** The parameters of a session that are needed to read its messages. */

/** How the bytes of one session are read; created once per session. */
export interface UpdateContext {
  /** Both sides support 4-octet AS numbers (RFC 6793). */
  readonly as4: boolean;
  readonly ebgp: boolean;
  /** By family id: 1 if the peer sends ADD-PATH identifiers (RFC 7911). */
  readonly addPath: Uint8Array;
  /** By family id: 1 if the session carries the family. */
  readonly families: Uint8Array;
  /** IPv4 prefixes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean;
  /** The scope of link-local next hops of this session: its interface, `%eth1`, or the peer, `@192.0.2.9`. */
  readonly nextHopScope?: string;
  /** The (external) peer is in another member AS of our confederation (RFC 5065); default false. */
  readonly confederation?: boolean;
  /** AIGP is accepted (RFC 7311 3.4); the default is from peers of our own domain. */
  readonly aigp?: boolean;
  /** PREFIX_SID is accepted (RFC 8669 4); the default is from peers of our own domain. */
  readonly prefixSid?: boolean;
}
