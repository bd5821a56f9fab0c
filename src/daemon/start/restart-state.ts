/**
 * The file with the established peers, and our address on each session, for the next start. It survives a reboot,
 * because peers keep our routes for a day or longer. The daemon touches it regularly, so that its age is the time for
 * which the daemon was not running. `keptSeconds`: how long peers keep our routes.
 *
 *   {"version":2,"keptSeconds":86520,"peers":[{"name":"10.99.0.7","local":"10.99.0.1"}]}
 *
 * The file decides which peers a start waits for, so it is trusted only if no other user can write it.
 */
import { lutimes, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventSink } from '../../engine/events/events.ts';
import type { KnownPeer } from '../../engine/session/deferral.ts';
import { readTrusted, replaceFile } from '../../io/system/state-file.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { removeOldStates, SUFFIX } from './old-states.ts';

const VERSION = 2;
/** Maximum age of the file while the daemon runs. */
const EVERY_MS = 5_000;
/** Changes within this time are written together. */
const GATHER_MS = 200;
/** A disk that does not answer delays a stop for at most this long. */
const LAST_WRITE_MS = 2_000;
/** Maximum octets and peers of a file; a larger file is not ours. */
const MAX_BYTES = 8 << 20;
const MAX_PEERS = 50_000;
const MAX_NAME = 64;

const STATE_DIRECTORY = '/var/lib/reflectord';

/** The directory of the files that have no configured path; other files in it are not ours. */
function stateDirectory(): string {
  return process.env.STATE_DIRECTORY?.split(':')[0] || STATE_DIRECTORY;
}

/**
 * Possible paths of the file, the preferred one first: the configured path; else systemd's $STATE_DIRECTORY or
 * /var/lib/reflectord, with the name of the control socket; else beside the socket, if that directory is not writable.
 */
export function restartStatePaths(
  configured: string | null,
  socket: string,
  directory = stateDirectory(),
): readonly string[] {
  if (configured !== null) return [configured];
  return [join(directory, `${socket.replace(/^\/+/, '').replaceAll('/', '-')}${SUFFIX}`), `${socket}${SUFFIX}`];
}

/** The longest time that any peer keeps our routes: its restart time, then the long-lived stale time. */
export function longestKeptMs({ peers, ranges }: RouterSpec): number {
  const times = [...peers, ...ranges].map(({ session: { gracefulRestart, longLived } }) => {
    if (!gracefulRestart) return 0;
    if (!longLived) return gracefulRestart.restartMs;
    const longest = [longLived, ...Object.values(longLived.families)].map(({ timeMs }) => timeMs);
    return gracefulRestart.restartMs + Math.max(...longest);
  });
  return Math.max(0, ...times);
}

export class RestartState {
  /** Possible paths; the file is written to the first one that is writable. */
  private paths: readonly string[];
  private readonly peers: () => readonly KnownPeer[];
  private readonly keptMs: () => number;
  private readonly events: EventSink;
  private written: string | null = null;
  private failed = false;
  private timer: NodeJS.Timeout | null = null;
  private gathering: NodeJS.Timeout | null = null;
  /** Writes run one after the other, and never block the event loop. */
  private writing: Promise<void> = Promise.resolve();

  /**
   * @param peers the established peers with graceful restart, and those that the start still waits for
   * @param keptMs the longest time that any peer keeps our routes
   */
  constructor(paths: readonly string[], peers: () => readonly KnownPeer[], keptMs: () => number, events: EventSink) {
    this.paths = paths;
    this.peers = peers;
    this.keptMs = keptMs;
    this.events = events;
  }

  /**
   * The peers that were established when a daemon ended less than `maxAgeMs` ago; null: not known. A file that is not
   * trusted is reported.
   * @param nowMs since the epoch
   */
  read(nowMs: number, maxAgeMs: number): readonly KnownPeer[] | null {
    for (const path of this.paths) {
      try {
        const found = readState(path, nowMs, maxAgeMs);
        if (found !== null && found.length > 0) return found;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') continue;
        const why = code === 'ELOOP' ? 'it is a symbolic link' : message;
        this.events.emit({ name: 'daemon.restart-state-ignored', path, error: why });
      }
    }
    return null;
  }

  /** Removes files of other control sockets that no daemon can use any more. */
  removeOld(nowMs: number, directory = stateDirectory()): Promise<void> {
    return removeOldStates(directory, nowMs, this.paths, this.events);
  }

  /** Keeps the file up to date until `close` or `remove`. */
  begin(): void {
    this.timer = setInterval(() => this.save(), EVERY_MS);
    this.timer.unref();
    this.save();
  }

  /** The set of peers may have changed: it is written soon. */
  changed(): void {
    if (this.timer === null) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      this.save();
    }, GATHER_MS).unref();
  }

  /** Writes the file a last time, before a restart. Called while the sessions are still established. */
  async close(): Promise<void> {
    if (this.timer === null) return;
    this.end();
    this.save();
    await Promise.race([this.writing, delay(LAST_WRITE_MS, undefined, { ref: false })]);
  }

  /** Removes the file: no restart follows. */
  async remove(): Promise<void> {
    this.end();
    await this.writing;
    for (const path of this.paths) await rm(path, { force: true }).catch(() => {});
  }

  private end(): void {
    if (this.timer !== null) clearInterval(this.timer);
    if (this.gathering !== null) clearTimeout(this.gathering);
    this.timer = null;
    this.gathering = null;
  }

  private save(): void {
    const peers = this.peers().slice(0, MAX_PEERS);
    const rows = peers.map(({ name, localAddress }) => ({ name, local: localAddress ?? undefined }));
    const keptSeconds = Math.ceil(this.keptMs() / 1000);
    const text = `${JSON.stringify({ version: VERSION, keptSeconds, peers: rows })}\n`;
    this.writing = this.writing.then(() => this.put(text));
  }

  private async put(text: string): Promise<void> {
    try {
      if (text === this.written) await this.touch();
      else await this.write(text);
      this.failed = false;
    } catch (error) {
      this.written = null;
      if (!this.failed) {
        const event = { path: this.paths[0], error: (error as Error).message };
        this.events.emit({ name: 'daemon.restart-state-failed', ...event });
      }
      this.failed = true;
    }
  }

  private async touch(): Promise<void> {
    const now = new Date();
    await lutimes(this.paths[0], now, now);
  }

  /** Writes to the first path that is writable, which is the only one from then on. */
  private async write(text: string): Promise<void> {
    let first: unknown = null;
    for (const path of this.paths) {
      try {
        await replaceFile(path, text);
      } catch (error) {
        first ??= error;
        continue;
      }
      for (const other of this.paths) if (other !== path) await rm(other, { force: true }).catch(() => {});
      this.paths = [path];
      this.written = text;
      return;
    }
    throw first;
  }
}

/** @throws Error if the file cannot be read, or is not trusted */
function readState(path: string, nowMs: number, maxAgeMs: number): KnownPeer[] | null {
  const { text, mtimeMs } = readTrusted(path, MAX_BYTES);
  return nowMs - mtimeMs > maxAgeMs ? null : parseState(text);
}

/** Each peer once; version 1 had only names. */
function parseState(text: string): KnownPeer[] {
  const state = JSON.parse(text) as { version?: unknown; peers?: unknown };
  if ((state.version !== VERSION && state.version !== 1) || !Array.isArray(state.peers)) {
    throw new Error('it is not of this version of the daemon');
  }
  const known = new Map<string, KnownPeer>();
  for (const row of state.peers as unknown[]) {
    const { name, local } = (typeof row === 'string' ? { name: row } : (row ?? {})) as {
      name?: unknown;
      local?: unknown;
    };
    if (typeof name !== 'string' || name.length > MAX_NAME || known.has(name)) continue;
    known.set(name, { name, localAddress: typeof local === 'string' && local.length <= MAX_NAME ? local : null });
    if (known.size === MAX_PEERS) break;
  }
  return [...known.values()];
}
