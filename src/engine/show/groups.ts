/** `show groups` and `show memory`. */
import { CHUNK_BYTES } from '../../reflect/encode/chunks.ts';
import { canonicalText, describeKey } from '../../reflect/encode/group-key.ts';
import type { GroupMember, UpdateGroup } from '../../reflect/group.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { MemoryView } from '../api/daemon-views.ts';
import type { CutView, GroupView } from '../api/route-views.ts';
import type { Engine } from '../engine.ts';

/** Every update group that has members. */
export function viewGroups(engine: Engine): GroupView[] {
  return engine.reflector.groups.flat().map(viewGroup);
}

/** Prefixes that are examined before other work has its turn. */
const SLICE = 4096;

/**
 * The prefixes of every update group with more paths than are advertised; the tables may change meanwhile. `undefined`
 * stands for the end of a slice.
 */
export function* viewCut(engine: Engine): Iterable<CutView | undefined> {
  for (const group of engine.reflector.groups.flat()) {
    const { key, rib, advertised, members } = group;
    if (key.select.kind !== 'paths' || advertised.cutPrefixes === 0) continue;
    for (let id = 1; id < rib.prefixes.limit; id++) {
      const prefix = id as PrefixId;
      if (id % SLICE === 0) yield undefined;
      if (!advertised.isCut(prefix)) continue;
      yield {
        ...{ family: FAMILIES[key.family].name, prefix: rib.prefixes.format(prefix), group: group.id },
        ...{ members: members.length, paths: advertised.distinctPaths(prefix), limit: key.select.limit },
      };
    }
  }
}

function viewGroup(group: UpdateGroup): GroupView {
  return {
    id: group.id,
    name: groupName(group),
    family: FAMILIES[group.key.family].name,
    role: group.key.role,
    key: describeKey(group.key).join(', '),
    members: group.members.map(nameOf),
    advertised: group.advertised.counts.total,
    logBytes: group.log.heldBytes,
    slowMembers: group.slow.list.map(nameOf),
    cutPrefixes: group.advertised.cutPrefixes,
    blockedPrefixes: group.advertised.quota.blocked,
  };
}

/**
 * The name of a group: its role and a digest (FNV-1a) of its key. The id grows with every new group; the name is the
 * same whenever the key is the same.
 */
export function groupName({ key }: UpdateGroup): string {
  let digest = 0x811c9dc5;
  for (const char of canonicalText(key)) digest = Math.imul(digest ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return `${key.role}-${digest.toString(16).padStart(8, '0')}`;
}

function nameOf(member: GroupMember): string {
  return member.peer.name;
}

/** Flaps of all peers; empty if no damping is configured. */
function dampingTable({ peers }: Engine): MemoryView['tables'] {
  let [entries, bytes] = [0, 0];
  for (const { damping } of peers.values()) {
    entries += damping.size.entries;
    bytes += damping.size.bytes;
  }
  return bytes === 0 ? [] : [{ name: 'damping', entries, bytes }];
}

/** Memory of the attribute sets, and its limit. */
export function viewAttributeMemory({ rib, attributeLimits: { totalLimit } }: Engine) {
  const isBounded = totalLimit !== Number.POSITIVE_INFINITY;
  const { total: attributeOctets, exported: exportedOctets } = rib.attributes.accounts;
  return { attributeOctets, exportedOctets, attributeLimit: isBounded ? totalLimit : null };
}

/** Entries and bytes of every table. */
export function viewTables(engine: Engine): MemoryView['tables'] {
  const { rib, reflector } = engine;
  const perFamily = rib.families.flatMap((family) => {
    const { name } = FAMILIES[family.family];
    return [
      { name: `${name} prefixes`, entries: family.prefixes.count, bytes: family.prefixes.bytes() },
      { name: `${name} paths`, entries: family.paths.count, bytes: family.paths.bytes() },
    ];
  });
  const groups = reflector.groups.flat();
  return [
    ...perFamily,
    { name: 'attribute sets', entries: rib.attributes.count, bytes: rib.attributes.bytes() },
    { name: 'next hops', entries: rib.nextHops.count, bytes: rib.nextHops.bytes() },
    {
      name: 'advertised',
      entries: groups.reduce((sum, group) => sum + group.advertised.counts.total, 0),
      bytes: groups.reduce((sum, group) => sum + group.bytes(), 0),
    },
    ...dampingTable(engine),
    { name: 'policies', entries: [...rib.policies.rules.all()].length, bytes: rib.filter.bytes() },
    { name: 'log chunks', entries: reflector.pool.bytesInUse / CHUNK_BYTES, bytes: reflector.pool.bytesInUse },
  ];
}
