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

/** Possible paths: beside the list of peers for the next start. */
export function disabledPaths(restartStates: readonly string[]): readonly string[] {
  return restartStates.map((path) => `${path.replace(/\.peers$/, '')}.disabled`);
}

export class DisabledState {
  private readonly paths: readonly string[];
  private readonly disabled: DisabledPeers;
  private readonly events: EventSink;
  private saving: Promise<unknown> = Promise.resolve();

  /** @param disabled the list that the file mirrors */
  constructor(paths: readonly string[], disabled: DisabledPeers, events: EventSink) {
    this.paths = paths;
    this.disabled = disabled;
    this.events = events;
  }

  get isFull(): boolean {
    return this.disabled.list.length >= MAX_PEERS;
  }

  /** Reads the list of an earlier run; a file that is not trusted is reported. */
  load(): void {
    for (const path of this.paths) {
      try {
        for (const one of parse(readTrusted(path, MAX_BYTES).text)) this.disabled.add(one);
        return;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'ENOTDIR')
          this.events.emit({ name: 'peer.disabled-unsaved', path, error: message });
      }
    }
  }

  /** Writes the list; resolves when it is on the disk. @returns why it is not, or null */
  save(): Promise<string | null> {
    const saved = this.saving.then(() => this.write());
    this.saving = saved;
    return saved;
  }

  private async write(): Promise<string | null> {
    const { list } = this.disabled;
    let problem: string | null = null;
    for (const path of this.paths) {
      try {
        if (list.length === 0) await rm(path, { force: true });
        else await replaceFile(path, `${JSON.stringify({ version: VERSION, disabled: list })}\n`);
        if (list.length > 0) return null;
      } catch (error) {
        problem ??= (error as Error).message;
      }
    }
    if (problem !== null)
      this.events.emit({ name: 'peer.disabled-unsaved', path: this.paths[0] ?? '', error: problem });
    return problem;
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
