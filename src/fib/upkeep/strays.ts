/** Routes of ours that the current plan never installs, such as those with the metric of an earlier configuration. */
import { formatPrefix } from '../../lib/ip.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { KernelRoute, RouteChange } from '../port/ports.ts';

export class Strays {
  private readonly byFamily = new Map<FamilyId, Map<string, RouteChange>>();

  add(family: FamilyId, route: KernelRoute): void {
    const changes = this.byFamily.get(family) ?? new Map<string, RouteChange>();
    const prefix = formatPrefix(route);
    changes.set(`${prefix} ${route.metric}`, { kind: 'delete', prefix, metric: route.metric });
    this.byFamily.set(family, changes);
  }

  get empty(): boolean {
    return this.byFamily.size === 0;
  }

  /** Returns the changes that remove them, and clears the list. */
  take(): [FamilyId, RouteChange[]][] {
    const all = [...this.byFamily].map(([family, changes]): [FamilyId, RouteChange[]] => [
      family,
      [...changes.values()],
    ]);
    this.byFamily.clear();
    return all;
  }
}
