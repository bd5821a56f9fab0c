/** Renders and parses nexthop objects in the syntax of `ip`. */
import type { KernelObject, ObjectChange, ObjectContent } from '../../../fib/port/ports.ts';
import { type IpHop, renderVia, viaOf } from './routes.ts';

/** A row of `ip -N -j -d nexthop show`: the fields that we read. */
export interface IpObject extends IpHop {
  readonly id: number;
  readonly protocol?: string;
  readonly group?: readonly { readonly id: number; readonly weight?: number }[];
  readonly blackhole?: unknown;
}

/** The line of a change, for a batch without a family flag: a group has no family, and a gateway shows its own. */
export function renderObject(change: ObjectChange, protocol: number): string {
  if (change.kind === 'delete') return `nexthop delete id ${change.id}`;
  const verb = change.kind === 'create' ? 'add' : 'replace';
  return `nexthop ${verb} id ${change.id} ${renderContent(change.content)} proto ${protocol}`;
}

function renderContent(content: ObjectContent): string {
  if (content.kind === 'via') return renderVia(content.via, true);
  return `group ${content.members.map(({ id, weight }) => `${id},${weight}`).join('/')}`;
}

export function toKernelObject(row: IpObject, protocol: number): KernelObject {
  return { id: row.id, ours: Number(row.protocol) === protocol, content: contentOf(row) };
}

function contentOf(row: IpObject): ObjectContent | null {
  if (row.group !== undefined) {
    return { kind: 'group', members: row.group.map(({ id, weight }) => ({ id, weight: weight ?? 1 })) };
  }
  const via = row.blackhole === undefined ? viaOf(row) : null;
  return via === null ? null : { kind: 'via', via };
}
