/**
 * The file with the peers that commands have disabled, so that a restart does not bring one up by surprise:
 *
 *   {"version":1,"disabled":[{"name":"192.0.2.1","atMs":1772366400000,"by":"uid 0, pid 7","message":""}]}
 */
import { rm } from 'node:fs/promises';
import type { EventSink } from '../../engine/events/events.ts';
import type { Disabled, DisabledPeers } from '../../engine/ports/disabled-peers.ts';
import { readTrusted, replaceFile } from '../../io/system/state-file.ts';

const VERSION = 1;
const MAX_BYTES = 8 << 20;
/** Maximum number of disabled peers. */
const MAX_PEERS = 10_000;
const MAX_NAME = 64;
/** Until the next attempt to write a list that could not be written. */
const RETRY_MS = 5000;

/** Possible paths: beside the list of peers for the next start. */
export function disabledPaths(restartStates: readonly string[]): readonly string[] {
  return restartStates.map((path) => `${path.replace(/\.peers$/, '')}.disabled`);
}

export class DisabledState {
  private readonly paths: readonly string[];
  private readonly disabled: DisabledPeers;
  private readonly events: EventSink;
  private saving: Promise<unknown> = Promise.resolve();
  /** Why the last write failed, which is reported; null: it did not. */
  private unsaved: string | null = null;
  /** Why the list of an earlier run could not be read; a list that is saved replaces it. */
  private unread: string | null = null;
  private retry: NodeJS.Timeout | null = null;

  /** @param disabled the list that the file mirrors */
  constructor(paths: readonly string[], disabled: DisabledPeers, events: EventSink) {
    this.paths = paths;
    this.disabled = disabled;
    this.events = events;
  }

  get isFull(): boolean {
    return this.disabled.list.length >= MAX_PEERS;
  }

  /** Why a restart would not have the list that is in force, in a sentence; null: it would. */
  get problem(): string | null {
    if (this.unsaved !== null) return `the list of disabled peers is not saved: ${this.unsaved}`;
    return this.unread === null ? null : `the list of disabled peers of the last run cannot be read: ${this.unread}`;
  }

  /**
   * Reads the list of an earlier run: the latest one, as a path that could not be written then may have an older list.
   * A file that is not trusted is reported.
   */
  load(): void {
    let latest: { readonly rows: readonly Disabled[]; readonly mtimeMs: number } | null = null;
    for (const path of this.paths) {
      try {
        const { text, mtimeMs } = readTrusted(path, MAX_BYTES);
        const rows = parse(text);
        if (latest === null || mtimeMs > latest.mtimeMs) latest = { rows, mtimeMs };
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') continue;
        this.unread ??= `${path}: ${message}`;
        this.events.emit({ name: 'peer.disabled-unsaved', path, error: message });
      }
    }
    for (const one of latest?.rows ?? []) this.disabled.add(one);
  }

  /**
   * Writes the list; resolves when it is on the disk. If that fails, it is tried again until it is.
   * @returns why it is not, or null
   */
  save(): Promise<string | null> {
    const saved = this.saving.then(() => this.write());
    this.saving = saved;
    return saved;
  }

  /** Tries a last time, if the list is not on the disk. */
  async close(): Promise<void> {
    if (this.retry !== null) await this.save();
    this.stopRetry();
  }

  private async write(): Promise<string | null> {
    this.stopRetry();
    const problem = await this.put();
    if (problem === null) {
      this.unsaved = null;
      this.unread = null;
      return null;
    }
    if (this.unsaved === null)
      this.events.emit({ name: 'peer.disabled-unsaved', path: this.paths[0] ?? '', error: problem });
    this.unsaved = problem;
    this.retry = setTimeout(() => void this.save(), RETRY_MS).unref();
    return problem;
  }

  /** Writes the list to the first path that is writable, and removes the files at the paths behind it. */
  private async put(): Promise<string | null> {
    const { list } = this.disabled;
    const text = `${JSON.stringify({ version: VERSION, disabled: list })}\n`;
    let isSaved = false;
    let problem: string | null = null;
    for (const path of this.paths) {
      try {
        if (isSaved || list.length === 0) await rm(path, { force: true });
        else {
          await replaceFile(path, text);
          isSaved = true;
        }
      } catch (error) {
        problem ??= (error as Error).message;
      }
    }
    return isSaved ? null : problem;
  }

  private stopRetry(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
  }
}

/** @throws Error if the text is not such a list */
function parse(text: string): Disabled[] {
  const state = JSON.parse(text) as { version?: unknown; disabled?: unknown };
  if (state.version !== VERSION || !Array.isArray(state.disabled)) throw new Error('it is not of this version');
  return (state.disabled as Partial<Record<keyof Disabled, unknown>>[]).slice(0, MAX_PEERS).flatMap((row) => {
    const { name, atMs, by, message } = row ?? {};
    if (typeof name !== 'string' || name.length > MAX_NAME) return [];
    const at = typeof atMs === 'number' && Number.isFinite(new Date(atMs).getTime()) ? atMs : 0;
    return [{ name, atMs: at, by: String(by ?? 'unknown'), message: String(message ?? '') }];
  });
}
