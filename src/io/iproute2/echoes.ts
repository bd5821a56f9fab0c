/**
 * Our own changes as the monitor reports them: each successful line appears once, so any further line is a change by
 * another program. A line that does not appear within a few seconds is forgotten.
 */

const GENERATION_MS = 2000;

export class Echoes {
  private young = new Map<string, number>();
  private old = new Map<string, number>();
  private turnMs = 0;

  /** Expects one line about this destination (as `ip` writes it). */
  expect(destination: string, nowMs: number): void {
    if (nowMs >= this.turnMs) this.turn(nowMs);
    this.young.set(destination, (this.young.get(destination) ?? 0) + 1);
  }

  /** That line failed: the monitor will not report it. */
  forget(destination: string): void {
    this.take(destination);
  }

  /** Whether a line about this destination was expected; then one line less is expected. */
  take(destination: string): boolean {
    return takeFrom(this.old, destination) || takeFrom(this.young, destination);
  }

  private turn(nowMs: number): void {
    this.old = nowMs >= this.turnMs + GENERATION_MS ? new Map() : this.young;
    this.young = new Map();
    this.turnMs = nowMs + GENERATION_MS;
  }
}

function takeFrom(counts: Map<string, number>, destination: string): boolean {
  const count = counts.get(destination);
  if (count === undefined) return false;
  if (count === 1) counts.delete(destination);
  else counts.set(destination, count - 1);
  return true;
}

/** A prefix as `ip` prints it: without the length of a host route, and `default`. */
export function destinationOf(prefix: string): string {
  if (prefix === '0.0.0.0/0') return 'default';
  if (prefix.endsWith('/32') && !prefix.includes(':')) return prefix.slice(0, -3);
  return prefix.endsWith('/128') ? prefix.slice(0, -4) : prefix;
}
