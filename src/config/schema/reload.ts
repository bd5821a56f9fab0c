/** The words for what a reload does with a changed value. No I/O, no timers. */

/**
 * `live`: in force at once, and no session is touched (what concerns the making of connections counts from the next one);
 * `soft`: the session stays, its routes are judged anew, and what is different is sent; `reset`: the session of the peer
 * ends and a new one begins; `restart`: the value waits for the next start of the daemon, which says so.
 */
export type Reload = 'live' | 'soft' | 'reset' | 'restart';

/** Some changes of a value that do something else than the others. */
export interface ReloadException {
  readonly effect: Reload;
  /** In words: `from no key to one, or back`. */
  readonly when: string;
}

/** What the schema says of a key. */
export interface ReloadRow {
  readonly reload: Reload;
  readonly except: ReloadException | null;
}
