/** What has to be known of a session to read its messages. */

/** How the bytes of one session are to be read; made once per session. */
export interface UpdateContext {
  /** Both sides speak 4-octet AS numbers (RFC 6793). */
  readonly as4: boolean;
  readonly ebgp: boolean;
  /** By family id: 1 where the peer sends ADD-PATH identifiers (RFC 7911). */
  readonly addPath: Uint8Array;
  /** By family id: 1 where the session carries the family. */
  readonly families: Uint8Array;
  /** IPv4 prefixes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean;
  /** What a link-local next hop of this session is to be understood by: its interface, `%eth1`, or the peer, `@192.0.2.9`. */
  readonly nextHopScope?: string;
  /** The (external) peer is in another member AS of our confederation (RFC 5065); default false. */
  readonly confederation?: boolean;
  /** AIGP is taken (RFC 7311 3.4); by default from peers of our own domain. */
  readonly aigp?: boolean;
}
