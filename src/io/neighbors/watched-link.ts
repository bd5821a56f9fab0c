/** One interface that neighbours are looked for on: what is known of it, and when we make ourselves known there. */
import type { LinkNeighbours } from '../../engine/ports/ports.ts';
import { parseAddress } from '../../lib/ip.ts';
import type { Advertiser, Outlet } from './advertiser.ts';

/** Between two advertisements of a router (RFC 4861 6.2.4: at least 3 s); while nobody was found, as often as is allowed. */
const CALM_MS = 10_000;
const HURRIED_MS = 3000;
/** An address is not usable in its first second or two: only what fails for longer is a problem. */
const PATIENCE = 2;

export class WatchedLink {
  readonly name: string;
  /** null: the interface is not there. */
  outlet: Outlet | null = null;
  private up = false;
  /** The newest first. */
  private routers: string[] = [];
  private problem: string | null = null;
  private failures = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly advertiser: Advertiser;
  private readonly listeners = new Map<object, (found: LinkNeighbours) => void>();
  /** Those who lack a session. */
  private readonly hurried = new Set<object>();
  /** What `ip` cannot tell, and why; null: it can. */
  private trouble: string | null = null;
  private told = '';

  constructor(name: string, advertiser: Advertiser) {
    this.name = name;
    this.advertiser = advertiser;
  }

  /** Nobody asks any more. */
  get isIdle(): boolean {
    return this.listeners.size === 0;
  }

  add(key: object, onChange: (found: LinkNeighbours) => void): void {
    this.listeners.set(key, onChange);
    this.hurried.add(key);
    this.told = '';
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

  /** What the kernel says of the interface; null: there is none of this name. */
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

  /** All routers that the kernel knows there. */
  setRouters(addresses: readonly string[]): void {
    const fresh = addresses.filter((address) => !this.routers.includes(address));
    this.routers = [...fresh, ...this.routers.filter((address) => addresses.includes(address))];
    if (fresh.length > 0) this.answer();
  }

  /** One neighbor has become a router that is there, or is none any more. */
  setRouter(address: string, isRouter: boolean): void {
    if (this.routers.includes(address) === isRouter) return;
    if (isRouter) this.setRouters([...this.routers, address]);
    else this.routers = this.routers.filter((other) => other !== address);
  }

  setTrouble(words: string | null): void {
    this.trouble = words === null ? null : `neighbours cannot be heard: ${words}`;
  }

  /** Tells what is known, where that is something else than before. */
  tell(): void {
    const { up, routers, problem } = this;
    const found: LinkNeighbours = {
      up,
      routers: up ? routers.map((address) => parseAddress(address)!) : [],
      problem: this.trouble ?? (up ? problem : null),
    };
    const text = JSON.stringify([up, routers, found.problem]);
    if (text === this.told) return;
    this.told = text;
    for (const onChange of this.listeners.values()) onChange(found);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private get periodMs(): number {
    return this.hurried.size > 0 ? HURRIED_MS : CALM_MS;
  }

  /** Whoever is new there has not heard of us yet. */
  private answer(): void {
    if (this.timer !== null) this.advertise();
  }

  /** Both sides hear of each other at once. */
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
    // The first that got through: those before may not have.
    this.wait(problem === null ? this.periodMs : HURRIED_MS);
    this.tell();
  }

  private wait(ms = this.periodMs): void {
    this.stop();
    this.timer = setTimeout(() => this.advertise(), ms).unref();
  }
}
