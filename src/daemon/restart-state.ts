/**
 * The file that tells the next start which peers were there, and from which of our addresses. It outlives a reboot, since
 * peers keep our routes for a day and longer; it is touched while the daemon lives, so that its age is the time that the
 * daemon was away.
 *
 *   {"version":2,"peers":[{"name":"10.99.0.7","local":"10.99.0.1"}]}
 *
 * Whoever writes it decides what this router waits for, so it is believed only where nobody but its owner can write it.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { lutimes, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventSink } from '../engine/events/events.ts';
import type { KnownPeer } from '../engine/session/deferral.ts';

const VERSION = 2;
/** The file is as old as this at most while the daemon lives. */
const EVERY_MS = 5_000;
/** Changes within this time are written once. */
const GATHER_MS = 200;
/** A disk that does not answer holds up a stop for this long. */
const LAST_WRITE_MS = 2_000;
/** A file of this many octets and peers is read, and a greater one is none of ours. */
const MAX_BYTES = 8 << 20;
const MAX_PEERS = 50_000;
const MAX_NAME = 64;

const STATE_DIRECTORY = '/var/lib/reflectord';
const SUFFIX = '.peers';

/**
 * Where the file may lie, the best place first: where the configuration says; else in systemd's $STATE_DIRECTORY or
 * /var/lib/reflectord, under the name of the control socket, or beside that where the directory cannot be written.
 */
export function restartStatePaths(
  configured: string | null,
  socket: string,
  directory = process.env.STATE_DIRECTORY?.split(':')[0] || STATE_DIRECTORY,
): readonly string[] {
  if (configured !== null) return [configured];
  return [join(directory, `${socket.replace(/^\/+/, '').replaceAll('/', '-')}${SUFFIX}`), `${socket}${SUFFIX}`];
}

export class RestartState {
  /** Where it may lie; written to the first place that can be. */
  private paths: readonly string[];
  private readonly peers: () => readonly KnownPeer[];
  private readonly events: EventSink;
  private written: string | null = null;
  private failed = false;
  private timer: NodeJS.Timeout | null = null;
  private gathering: NodeJS.Timeout | null = null;
  /** Writes go one after the other, and never hold up the loop. */
  private writing: Promise<void> = Promise.resolve();

  /** @param peers the established peers that have graceful restart, and those that are waited for */
  constructor(paths: readonly string[], peers: () => readonly KnownPeer[], events: EventSink) {
    this.paths = paths;
    this.peers = peers;
    this.events = events;
  }

  /**
   * Which peers were there when a daemon ended less than `maxAgeMs` ago; null: not known. A file that is not believed is
   * reported.
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

  /** Keeps the file up to date until `close` or `remove`. */
  begin(): void {
    this.timer = setInterval(() => this.save(), EVERY_MS);
    this.timer.unref();
    this.save();
  }

  /** The set of peers may be another: it is written soon. */
  changed(): void {
    if (this.timer === null) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      this.save();
    }, GATHER_MS).unref();
  }

  /** Writes it a last time, before a restart. Called while the peers are still there. */
  async close(): Promise<void> {
    if (this.timer === null) return;
    this.end();
    this.save();
    await Promise.race([this.writing, delay(LAST_WRITE_MS, undefined, { ref: false })]);
  }

  /** There is nothing to come back to. */
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
    const text = `${JSON.stringify({ version: VERSION, peers: rows })}\n`;
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

  /** To the first place that takes it, which is the only one from then on. */
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

/** At once or not at all, also where the power fails: a reader never sees half of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const partial = join(folder, `.${basename(path)}.new`);
  await rm(partial, { force: true });
  // Neither follows a link nor takes a file that another user has put there meanwhile.
  const file = await open(
    partial,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

/** @throws Error when the file cannot be read, or is not to be believed */
function readState(path: string, nowMs: number, maxAgeMs: number): KnownPeer[] | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    const { uid, mode, size, mtimeMs } = stat;
    const us = process.geteuid?.() ?? uid;
    if (!stat.isFile()) throw new Error('it is no regular file');
    if (uid !== us && uid !== 0) throw new Error(`it belongs to user ${uid}, and the daemon runs as ${us}`);
    if ((mode & 0o022) !== 0) throw new Error('others than its owner may write it');
    if (size > MAX_BYTES) throw new Error(`it has ${size} octets, more than ${MAX_BYTES}`);
    if (nowMs - mtimeMs > maxAgeMs) return null;
    const bytes = Buffer.alloc(size);
    const length = readSync(file, bytes, 0, size, 0);
    return parseState(bytes.toString('utf8', 0, length));
  } finally {
    closeSync(file);
  }
}

/** Each peer once; version 1 had names alone. */
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
