/** Small files with which the daemon remembers something over a restart. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Replaces the file atomically, also if the power fails: a reader never sees a part of it. A failure leaves nothing behind. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const partial = join(folder, `.${basename(path)}.new`);
  await rm(partial, { force: true });
  // Does not follow a link, and does not open a file that another user has created meanwhile.
  const file = await open(
    partial,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * The file, which only its owner can have written: this user, or root.
 * @throws Error if it cannot be read, or is not trusted
 */
export function readTrusted(path: string, maxBytes: number): { readonly text: string; readonly mtimeMs: number } {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    const { uid, mode, size, mtimeMs } = stat;
    const us = process.geteuid?.() ?? uid;
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (uid !== us && uid !== 0) throw new Error(`it belongs to user ${uid}, and the daemon runs as ${us}`);
    if ((mode & 0o022) !== 0) throw new Error('users other than its owner can write it');
    if (size > maxBytes) throw new Error(`it has ${size} octets, more than ${maxBytes}`);
    const bytes = Buffer.alloc(size);
    const length = readSync(file, bytes, 0, size, 0);
    return { text: bytes.toString('utf8', 0, length), mtimeMs };
  } finally {
    closeSync(file);
  }
}
