/** One BGP next hop as the kernel side knows it. No I/O, no timers. */
import type { Target, Via } from './ports.ts';

export class NextHop {
  /** Its id in the rib. */
  readonly id: number;
  /** What `BestRoutes.formatNextHop` calls it. */
  readonly name: string;
  /** Operations under way and routes installed that lead to it. */
  users = 0;
  /** Its nexthop object; 0: none (yet), or routes say themselves where they lead. */
  objectId = 0;
  /** How it is reached; null while it is not. */
  via: Via | null = null;
  /** Why it is not reached; '' before anybody asked. */
  words = '';
  /** The operator was told that it is not reached. */
  reported = false;
  /** Counts how often the kernel removed all routes that led to it. */
  losses = 0;

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  /** Nobody has asked the kernel about it yet. */
  get fresh(): boolean {
    return this.via === null && this.words === '';
  }

  /** Where a route to it leads; only while it is reached. */
  get target(): Target {
    return this.objectId === 0 ? { kind: 'via', via: this.via as Via } : { kind: 'object', id: this.objectId };
  }

  reached(via: Via): void {
    this.via = via;
    this.words = '';
    this.reported = false;
  }

  lost(words: string): void {
    this.via = null;
    this.words = words;
  }
}

/** Splits `fe80::1%eth1` into address and interface. */
export function parseVia(name: string): Via {
  const percent = name.indexOf('%');
  if (percent < 0) return { gateway: name, device: null };
  return { gateway: name.slice(0, percent), device: name.slice(percent + 1) };
}

export function sameVia(a: Via | null, b: Via | null): boolean {
  return a === b || (a !== null && b !== null && a.gateway === b.gateway && a.device === b.device);
}
