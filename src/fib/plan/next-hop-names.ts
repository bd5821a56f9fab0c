/**
 * Targets of routes from before our start: many routes share a few targets, so a route costs an integer.
 */
import type { KernelRoute } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';

export class NextHopNames {
  private readonly keys: string[] = ['']; // index 0 is none
  private readonly gateways: string[] = [''];
  private readonly byKey = new Map<string, number>();

  /** The index of the route's target, from 1 up. */
  intern(route: KernelRoute): number {
    const key = targetKey(route.to);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    this.byKey.set(key, this.keys.length);
    this.gateways.push(route.gateway);
    return this.keys.push(key) - 1;
  }

  key(index: number): string {
    return this.keys[index];
  }

  /** The gateway, for people. */
  gateway(index: number): string {
    return this.gateways[index];
  }
}
