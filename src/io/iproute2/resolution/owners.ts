/** Finds routes of other owners that conflict with ours, for the few prefixes where `add` was refused. */
import { formatPrefix, parsePrefix } from '../../../lib/ip.ts';
import { type IpCommand, queryIpDump } from '../ip/ip-command.ts';
import { describeRoute, hasOurMetric, type IpRoute, prefixOf, type RouteHome } from '../ip/routes.ts';

/** From this number of prefixes on, one dump of the table is cheaper than a query per prefix. */
const DUMP_FROM = 16;

type ForeignResult =
  /** The foreign route of each prefix that has one, as text. */
  | { readonly kind: 'known'; readonly routes: ReadonlyMap<string, string> }
  | { readonly kind: 'unavailable'; readonly reason: string };

export class Owners {
  private readonly ip: IpCommand;

  constructor(ip: IpCommand) {
    this.ip = ip;
  }

  /** The prefixes with a foreign route that has the kernel key of ours. */
  async foreign(familyFlag: string, home: RouteHome, prefixes: readonly string[]): Promise<ForeignResult> {
    const asked = new Map(prefixes.map((prefix) => [canonical(prefix), prefix]));
    const routes = new Map<string, string>();
    const visit = (object: unknown) => this.visit(object as IpRoute, familyFlag, home, asked, routes);
    const show = [familyFlag, '-N', '-j', '-d', 'route', 'show', 'table', `${home.table}`];
    const questions = prefixes.length >= DUMP_FROM ? [show] : prefixes.map((prefix) => [...show, 'exact', prefix]);
    try {
      for (const question of questions) await queryIpDump(this.ip, question, visit);
    } catch (error) {
      return { kind: 'unavailable', reason: (error as Error).message };
    }
    return { kind: 'known', routes };
  }

  private visit(
    route: IpRoute,
    familyFlag: string,
    home: RouteHome,
    asked: ReadonlyMap<string, string>,
    routes: Map<string, string>,
  ): void {
    if (Number(route.protocol) === home.protocol || !hasOurMetric(route, familyFlag, home)) return;
    const prefix = asked.get(canonical(prefixOf(route.dst, familyFlag)));
    if (prefix !== undefined) routes.set(prefix, describeRoute(route));
  }
}

/** The prefix in our format: `ip` may write an IPv6 address in another way. */
function canonical(text: string): string {
  const prefix = parsePrefix(text);
  return prefix === null ? text : formatPrefix(prefix);
}
