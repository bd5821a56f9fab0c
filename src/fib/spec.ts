/** What the operator wants of the kernel's routing table. Plain data. */

export interface FibSpec {
  readonly mode: 'off' | 'dry-run' | 'install';
  /** Routing table id (254: main). */
  readonly table: number;
  /** Protocol id of our routes (186: bgp); nothing else is ever touched. */
  readonly protocol: number;
  readonly metric: number;
}
