/** The effects of a reload on a changed value. */

/**
 * - `live`: applies at once, and no session is touched. A setting of new connections applies to the next connection.
 * - `soft`: the session stays up. Its routes are re-evaluated, and the differences are sent.
 * - `reset`: the session of the peer is closed and established again.
 * - `restart`: the value applies at the next start of the daemon. Until then the daemon reports it.
 */
export type Reload = 'live' | 'soft' | 'reset' | 'restart';

/** Changes of a value with another effect. */
export interface ReloadException {
  readonly effect: Reload;
  /** In words: `when a first key is set`. */
  readonly when: string;
}

/** The effect of a key according to the schema. */
export interface ReloadRow {
  readonly reload: Reload;
  readonly except: ReloadException | null;
}
