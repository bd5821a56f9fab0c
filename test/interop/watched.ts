/**
 * A reflector on loopback that two well-behaved peers watch: whatever others do to it, a route still goes from one to
 * the other, and neither loses its session.
 */
import * as bgp from '../lab/bgp-bytes.ts';
import { LoopbackReflector } from '../lab/loopback.ts';
import type { Speaker } from '../lab/speaker.ts';
import { waitFor } from '../lab/wait-for.ts';

/** It takes a millisecond. Not so long that a daemon that is broken makes all these tests last for ever. */
const PATIENCE_MS = 8_000;

/** Next hop of all routes. */
export const HOP = '192.0.2.9';

export class Watched {
  readonly reflector: LoopbackReflector;
  readonly alice: Speaker;
  readonly bob: Speaker;
  private nextAddress = 2;
  private nextPrefix = 0;

  private constructor(reflector: LoopbackReflector, alice: Speaker, bob: Speaker) {
    this.reflector = reflector;
    this.alice = alice;
    this.bob = bob;
  }

  static async start(): Promise<Watched> {
    const reflector = await LoopbackReflector.start();
    const alice = await reflector.establish('127.0.200.1');
    return new Watched(reflector, alice, await reflector.establish('127.0.200.2'));
  }

  /** A connection from an address that no test has used. */
  connected(): Promise<Speaker> {
    return this.reflector.connect(`127.0.0.${this.nextAddress++}`);
  }

  /** A session from an address that no test has used. */
  established(fields: bgp.OpenFields = {}): Promise<Speaker> {
    return this.reflector.establish(`127.0.0.${this.nextAddress++}`, fields);
  }

  freshPrefix(): string {
    this.nextPrefix += 1;
    return `198.18.${this.nextPrefix}.0/24`;
  }

  /** A route goes from one well-behaved peer to the other, and away again. */
  async stillServes(): Promise<void> {
    const prefix = this.freshPrefix();
    this.alice.send(bgp.announce(HOP, prefix));
    await this.bobHears(prefix);
    this.alice.send(bgp.update({ withdrawn: bgp.nlri(prefix) }));
    await this.bobLoses(prefix);
  }

  bobHears(prefix: string): Promise<unknown> {
    return waitFor(
      `bob has heard of ${prefix}`,
      () => this.bob.routes.has(prefix),
      (has) => has,
      PATIENCE_MS,
    );
  }

  bobLoses(prefix: string): Promise<unknown> {
    return waitFor(
      `bob has lost ${prefix}`,
      () => this.bob.routes.has(prefix),
      (has) => !has,
      PATIENCE_MS,
    );
  }

  /** Nobody but the bad ones lost a session, nothing was logged as an error, and the daemon is the one that was started. */
  async expectUnharmed(): Promise<void> {
    const peers = await this.reflector.daemon.ask('show peers', {});
    const watching = peers.filter((peer) => [this.alice.address, this.bob.address].includes(peer.address));
    expect(watching.map((peer) => [peer.state, peer.established, peer.dropped])).toEqual([
      ['Established', 1, 0],
      ['Established', 1, 0],
    ]);
    expect(this.reflector.daemon.alive).toBe(true);
    expect(this.reflector.daemon.log().match(/.*"level":"(error|fatal)".*/)).toBeNull();
  }
}
