/** Nexthop objects as `ip` reads and prints them. No I/O, no timers. */
import type { KernelObject, ObjectChange } from '../../fib/ports.ts';
import { gatewayOf, type IpHop, renderVia } from './routes.ts';

/** A row of `ip -N -j -d nexthop show`: what of it we read. */
export interface IpObject extends IpHop {
  readonly id: number;
  readonly protocol?: string;
  readonly group?: readonly unknown[];
  readonly blackhole?: unknown;
}

/** Whether the change belongs to the IPv6 worker: the family of a batch is that of its gateways. */
export function isIpv6(change: ObjectChange): boolean {
  return change.kind !== 'delete' && change.via.gateway.includes(':');
}

/** The batch line of a change. */
export function renderObject(change: ObjectChange, protocol: number): string {
  if (change.kind === 'delete') return `nexthop delete id ${change.id}`;
  const verb = change.kind === 'create' ? 'add' : 'replace';
  return `nexthop ${verb} id ${change.id} ${renderVia(change.via, isIpv6(change))} proto ${protocol}`;
}

export function toKernelObject(row: IpObject, protocol: number): KernelObject {
  const gateway = row.group === undefined && row.blackhole === undefined ? gatewayOf(row) : undefined;
  const via = gateway === undefined ? null : { gateway, device: row.dev ?? null };
  return { id: row.id, ours: Number(row.protocol) === protocol, via };
}
