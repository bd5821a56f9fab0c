/**
 * What a reload does with each key of the configuration, read from the schema, where it stands beside the key. The
 * reference page and `diff.ts` both take it from here; `test/daemon/reload-keys.test.ts` tries each key. No I/O.
 */
import { describedSchema, type SchemaNode } from '../reference/json-schema.ts';
import type { Reload, ReloadRow } from '../schema/reload.ts';
import { SETTINGS } from '../schema/settings.ts';

/**
 * Every key by its path: `router.as`, `listen[].port`, `dynamic[].limit`, `fib.families.ipv4-unicast.table`. The
 * settings of groups and peers stand under their own names (`hold-time`, `add-path.limit`). A key within another has
 * the effect of that one unless it has its own.
 */
export function reloadTable(): ReadonlyMap<string, ReloadRow> {
  table ??= makeTable();
  return table;
}

/** What a changed value of the key does, exceptions aside. @throws Error when there is no such key */
export function reloadOf(key: string): Reload {
  const row = reloadTable().get(key);
  if (row === undefined) throw new Error(`no key ${key} in the schema`);
  return row.reload;
}

let table: Map<string, ReloadRow> | null = null;

function makeTable(): Map<string, ReloadRow> {
  const rows = new Map<string, ReloadRow>();
  const { router, listen, groups, peers, fib, metrics, control, log } = describedSchema().properties!;
  addKeys(rows, router!, 'router.');
  addKeys(rows, listen!.items!, 'listen[].');
  addKeys(rows, groups!.additionalProperties as SchemaNode, '');
  addKeys(rows, without(peers!.items!, SETTINGS), 'peers[].');
  addKeys(rows, fib!, 'fib.');
  addKeys(rows, metrics!.anyOf![0]!, 'metrics.');
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
