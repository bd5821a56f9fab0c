/** The process at the other end of a unix stream socket, as recorded by the kernel at connect (SO_PEERCRED). */
import type { Socket } from 'node:net';
import type { Caller } from '../../engine/api/commands.ts';
import { libc } from '../system/libc.ts';
import { SOL_SOCKET } from './options.ts';

const SO_PEERCRED = 17;
/** `struct ucred`: pid, uid, gid, 32 bits each. */
const UCRED_BYTES = 12;

/** null: libc cannot be called, or the socket is already closed. */
export function callerOf(socket: Socket): Caller | null {
  const calls = libc();
  const fd = (socket as unknown as { readonly _handle: { readonly fd?: number } | null })._handle?.fd ?? -1;
  const credentials = new Uint32Array(UCRED_BYTES / 4);
  if (calls === null || fd < 0) return null;
  const bytes = new Uint8Array(credentials.buffer);
  if (calls.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes) !== UCRED_BYTES) return null;
  const [pid, uid] = credentials;
  return { pid: pid!, uid: uid! };
}
