/**
 * Makes the place of the control socket free: its directory, and the socket that a dead daemon left behind.
 * One that still answers, or a file that is no socket, is left alone and is an error.
 */
import { lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';

/** The control socket cannot be had; the message says why and what to do. */
export class ControlSocketError extends Error {
  override readonly name = 'ControlSocketError';
}

/** Bytes of a path that fit into `sun_path` (unix(7)), with its final zero. */
const MAX_PATH_BYTES = 107;

/** @throws ControlSocketError */
export async function clearSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ControlSocketError(`control socket path is longer than ${MAX_PATH_BYTES} bytes: ${path}`);
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    if (await holdsDeadSocket(path)) await unlink(path);
  } catch (error) {
    if (error instanceof ControlSocketError) throw error;
    throw new ControlSocketError(`cannot make the control socket ${path}: ${(error as Error).message}`);
  }
}

/** Whether a dead daemon's socket lies there. */
async function holdsDeadSocket(path: string): Promise<boolean> {
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stat === null) return false;
  if (!stat.isSocket()) throw new ControlSocketError(`${path} exists and is not a socket; move it away`);
  if (await answers(path)) {
    throw new ControlSocketError(`another reflectord answers on ${path}; stop it, or set another control.socket`);
  }
  return true;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}
