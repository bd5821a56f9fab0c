/**
 * The effect of a reload for each key of the configuration, read from the schema. The reference page and `diff.ts` use it;
 * `test/daemon/reload-keys.test.ts` tests each key.
 */
import { describedSchema, type SchemaNode } from '../reference/json-schema.ts';
import { SETTINGS } from '../settings/settings.ts';
import type { Reload, ReloadRow } from '../values/reload.ts';

/**
 * Every key by its path: `router.as`, `listen[].port`, `dynamic[].limit`, `fib.families.ipv4-unicast.table`. The path of
 * a setting of groups and peers is its name (`hold-time`, `add-path.limit`). A nested key inherits the effect of its
 * parent.
 */
export function reloadTable(): ReadonlyMap<string, ReloadRow> {
  table ??= makeTable();
  return table;
}

/** The effect of a changed value of the key, without its exceptions. @throws Error for an unknown key */
export function reloadOf(key: string): Reload {
  const row = reloadTable().get(key);
  if (row === undefined) throw new Error(`no key ${key} in the schema`);
  return row.reload;
}

let table: Map<string, ReloadRow> | null = null;

function makeTable(): Map<string, ReloadRow> {
  const rows = new Map<string, ReloadRow>();
  const { router, listen, groups, peers, sets, policies, tests, guard, fib, metrics, web, control, log } =
    describedSchema().properties!;
  addKeys(rows, router!, 'router.');
  addKeys(rows, listen!.items!, 'listen[].');
  addKeys(rows, groups!.additionalProperties as SchemaNode, '');
  addKeys(rows, without(peers!.items!, SETTINGS), 'peers[].');
  addKeys(rows, { properties: { sets: sets!, policies: policies!, tests: tests!, guard: guard! } }, '');
  addKeys(rows, fib!, 'fib.');
  addKeys(rows, metrics!.anyOf![0]!, 'metrics.');
  addKeys(rows, web!, 'web.');
  addKeys(rows, control!, 'control.');
  addKeys(rows, log!, 'log.');
  return rows;
}

function without({ properties = {}, ...node }: SchemaNode, names: object): SchemaNode {
  return { ...node, properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !(name in names))) };
}

function addKeys(rows: Map<string, ReloadRow>, node: SchemaNode, prefix: string, inherited?: Reload): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const reload = child.reload ?? inherited;
    const key = `${prefix}${name}`;
    if (reload !== undefined) rows.set(key, { reload, except: child.reloadExcept ?? null });
    for (const kind of [child, ...(child.anyOf ?? [])]) addKeys(rows, kind, `${key}.`, reload);
    if (child.items !== undefined) addKeys(rows, child.items, `${key}[].`, reload);
  }
}
