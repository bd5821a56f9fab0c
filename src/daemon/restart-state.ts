/**
 * The file beside the control socket that tells the next start which peers were there: `<socket>.peers`. It is written
 * as the set changes, and touched while the daemon lives, so that its age is the time that the daemon was away.
 *
 *   {"version":1,"peers":["10.99.0.7","2001:db8::7"]}
 */
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type { EventSink } from '../engine/events.ts';

const VERSION = 1;
/** The file is as old as this at most while the daemon lives. */
const EVERY_MS = 5_000;
/** Changes within this time are written once. */
const GATHER_MS = 200;

export class RestartState {
  private readonly path: string;
  private readonly peers: () => readonly string[];
  private readonly events: EventSink;
  private written: string | null = null;
  private failed = false;
  private timer: NodeJS.Timeout | null = null;
  private gathering: NodeJS.Timeout | null = null;

  /** @param peers names of the established peers that have graceful restart */
  constructor(socket: string, peers: () => readonly string[], events: EventSink) {
    this.path = `${socket}.peers`;
    this.peers = peers;
    this.events = events;
  }

  /** Who was there when a daemon ended less than `maxAgeMs` ago; empty when none did, or the file makes no sense. */
  read(nowMs: number, maxAgeMs: number): readonly string[] {
    try {
      const ageMs = nowMs - statSync(this.path).mtimeMs;
      const state = JSON.parse(readFileSync(this.path, 'utf8')) as { version?: unknown; peers?: unknown };
      if (ageMs > maxAgeMs || state.version !== VERSION || !Array.isArray(state.peers)) return [];
      return state.peers.filter((peer) => typeof peer === 'string');
    } catch {
      return [];
    }
  }

  /** Keeps the file up to date until `close` or `remove`. */
  begin(): void {
    this.timer = setInterval(() => this.save(), EVERY_MS);
    this.timer.unref();
  }

  /** The set of peers may be another: it is written soon. */
  changed(): void {
    if (this.timer === null) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      this.save();
    }, GATHER_MS).unref();
  }

  /** Writes it a last time, before a restart. */
  close(): void {
    if (this.timer === null) return;
    this.end();
    this.save();
  }

  /** There is nothing to come back to. */
  remove(): void {
    this.end();
    rmSync(this.path, { force: true });
  }

  private end(): void {
    if (this.timer !== null) clearInterval(this.timer);
    if (this.gathering !== null) clearTimeout(this.gathering);
    this.timer = null;
    this.gathering = null;
  }

  private save(): void {
    const text = `${JSON.stringify({ version: VERSION, peers: this.peers() })}\n`;
    try {
      if (text === this.written) this.touch();
      else this.write(text);
      this.failed = false;
    } catch (error) {
      this.written = null;
      if (!this.failed) {
        this.events.emit({ name: 'daemon.restart-state-failed', path: this.path, error: (error as Error).message });
      }
      this.failed = true;
    }
  }

  private touch(): void {
    const now = new Date();
    utimesSync(this.path, now, now);
  }

  /** At once or not at all: a reader never sees half of it. */
  private write(text: string): void {
    const partial = `${this.path}.new`;
    writeFileSync(partial, text, { mode: 0o600 });
    renameSync(partial, this.path);
    this.written = text;
  }
}
