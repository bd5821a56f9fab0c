/** One interface that is watched for neighbors: its state, and the timing of our advertisements on it. */
import type { LinkNeighbors } from '../../engine/ports/ports.ts';
import { parseAddress } from '../../lib/ip.ts';
import type { Advertiser, Outlet } from './advertiser.ts';

/** Time between two advertisements (RFC 4861 6.2.4: at least 3 s); the minimum while a session is missing. */
const CALM_MS = 10_000;
const HURRIED_MS = 3000;
/** A new address is not usable for a second or two: a problem is reported only after more failures than this. */
const PATIENCE = 2;

export class WatchedLink {
  readonly name: string;
  /** null: the interface does not exist. */
  outlet: Outlet | null = null;
  private up = false;
  /** Addresses of routers, the newest first. */
  private routers: string[] = [];
  private problem: string | null = null;
  private failures = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly advertiser: Advertiser;
  private readonly listeners = new Map<object, (found: LinkNeighbors) => void>();
  /** Listeners without an established session. */
  private readonly hurried = new Set<object>();
  /** Why neighbors cannot be read; null: they can. */
  private trouble: string | null = null;
  private notified = '';

  constructor(name: string, advertiser: Advertiser) {
    this.name = name;
    this.advertiser = advertiser;
  }

  /** There is no listener any more. */
  get isIdle(): boolean {
    return this.listeners.size === 0;
  }

  add(key: object, onChange: (found: LinkNeighbors) => void): void {
    this.listeners.set(key, onChange);
    this.hurried.add(key);
    this.notified = '';
  }

  remove(key: object): void {
    this.listeners.delete(key);
    this.hurried.delete(key);
    if (this.isIdle) this.stop();
  }

  hurry(key: object, on: boolean): void {
    const before = this.periodMs;
    if (on) this.hurried.add(key);
    else this.hurried.delete(key);
    if (this.timer === null || this.periodMs === before) return;
    if (on) this.advertise();
    else this.wait();
  }

  /** Sets the state of the interface; null: there is no interface with this name. */
  setLink(link: (Outlet & { readonly up: boolean }) | null): void {
    const wasUp = this.up;
    this.outlet = link;
    this.up = link?.up ?? false;
    if (!this.up) this.stop();
    else if (!wasUp) {
      this.failures = 0;
      this.ask();
    }
  }

  /** Sets all routers in the neighbor table of the interface. */
  setRouters(addresses: readonly string[]): void {
    const fresh = addresses.filter((address) => !this.routers.includes(address));
    this.routers = [...fresh, ...this.routers.filter((address) => addresses.includes(address))];
    if (fresh.length > 0) this.answer();
  }

  /** Adds or removes one router. */
  setRouter(address: string, isRouter: boolean): void {
    if (this.routers.includes(address) === isRouter) return;
    if (isRouter) this.setRouters([...this.routers, address]);
    else this.routers = this.routers.filter((other) => other !== address);
  }

  setTrouble(words: string | null): void {
    this.trouble = words === null ? null : `neighbors cannot be detected: ${words}`;
  }

  /** Notifies the listeners if anything changed. */
  notify(): void {
    const { up, routers, problem } = this;
    const found: LinkNeighbors = {
      up,
      routers: up ? routers.map((address) => parseAddress(address)!) : [],
      problem: this.trouble ?? (up ? problem : null),
    };
    const text = JSON.stringify([up, routers, found.problem]);
    if (text === this.notified) return;
    this.notified = text;
    for (const onChange of this.listeners.values()) onChange(found);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private get periodMs(): number {
    return this.hurried.size > 0 ? HURRIED_MS : CALM_MS;
  }

  /** A new router has not received our advertisement yet. */
  private answer(): void {
    if (this.timer !== null) this.advertise();
  }

  /** Solicits and advertises, so that both sides find each other at once. */
  private ask(): void {
    if (this.outlet !== null) this.advertiser.solicit(this.outlet);
    this.advertise();
  }

  private advertise(): void {
    const { outlet } = this;
    if (outlet === null || this.isIdle) return;
    const problem = this.advertiser.advertise(outlet);
    this.failures = problem === null ? 0 : this.failures + 1;
    this.problem = this.failures > PATIENCE ? problem : null;
    // The next one soon after a failure.
    this.wait(problem === null ? this.periodMs : HURRIED_MS);
    this.notify();
  }

  private wait(ms = this.periodMs): void {
    this.stop();
    this.timer = setTimeout(() => this.advertise(), ms).unref();
  }
}
