/**
 * The socket calls of libc that Node does not offer, through koffi. Loaded once, by `loadLibc`. If koffi cannot be
 * loaded, features that need it report the reason, and the rest works without.
 */
import { constants } from 'node:os';

/** Calls on a file descriptor; each returns 0 (or its result), or a negative errno. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): number;
  bind(fd: number, address: Uint8Array): number;
  /** Sends a datagram; returns its length. */
  sendto(fd: number, bytes: Uint8Array, address: Uint8Array): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number;
  /**
   * Attaches a classic BPF program as the socket filter.
   * @param program 8 bytes per instruction
   */
  attachFilter(fd: number, program: Uint8Array): number;
  /** Fills `value` up to its length; returns the length of the result. */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array): number;
  /**
   * Returns free pages of malloc's heaps to the system, in another thread; null: this libc does not support it (musl).
   */
  readonly trim: (() => void) | null;
}

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
/** Size of `struct sock_filter`, and of `struct sock_fprog` with its pointer of 8 bytes. */
const FILTER_BYTES = 8;
const FILTER_PROGRAM_BYTES = 16;

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['default']['load']>;

let loading: Promise<void> | null = null;
let loaded: Libc | null = null;
let failure = 'libc was not loaded';

/**
 * Loads libc, once; `libc` and `whyNoLibc` have the result.
 * @param source another koffi: libc is loaded again, through it
 */
export function loadLibc(source?: () => Promise<Koffi>): Promise<void> {
  if (loading === null || source !== undefined) loading = load(source ?? (() => import('koffi')));
  return loading;
}

/** The calls; null: before `loadLibc`, or if loading failed. */
export function libc(): Libc | null {
  return loaded;
}

/** Why `libc` returns null, in words. */
export function whyNoLibc(): string {
  return failure;
}

/** Name of an error number, such as EINVAL. */
export function errnoName(errno: number): string {
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
}

async function load(source: () => Promise<Koffi>): Promise<void> {
  try {
    loaded = callsOf(await source());
  } catch (error) {
    loaded = null;
    failure = `koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function callsOf({ default: koffi }: Koffi): Libc {
  const library = koffi.load(null);
  const socket = library.func('int socket(int domain, int type, int protocol)');
  const close = library.func('int close(int fd)');
  const bind = library.func('int bind(int fd, const void *address, uint32_t length)');
  const sendto = library.func(
    'long sendto(int fd, const void *bytes, size_t size, int flags, const void *address, uint32_t length)',
  );
  const setsockopt = library.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)');
  // Without a name: names of types belong to the process, where libc may be loaded more than once.
  const program = koffi.pointer(koffi.struct({ length: 'uint16', instructions: 'void *' }));
  const attachFilter = library.func('setsockopt', 'int', ['int', 'int', 'int', program, 'uint32']);
  const getsockopt = library.func('int getsockopt(int fd, int level, int option, void *value, void *length)');
  const answer = (result: number): number => (result < 0 ? -koffi.errno() : result);
  const length = new Uint32Array(1);
  return {
    socket: (domain, type, protocol) => answer(socket(domain, type, protocol)),
    close: (fd) => answer(close(fd)),
    bind: (fd, address) => answer(bind(fd, address, address.length)),
    sendto: (fd, bytes, address) => answer(Number(sendto(fd, bytes, bytes.length, 0, address, address.length))),
    setsockopt: (fd, level, option, value) => answer(setsockopt(fd, level, option, value, value.length)),
    attachFilter: (fd, program) => {
      const value = { length: program.length / FILTER_BYTES, instructions: program };
      return answer(attachFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, FILTER_PROGRAM_BYTES));
    },
    getsockopt: (fd, level, option, value) => {
      length[0] = value.length;
      const result = answer(getsockopt(fd, level, option, value, length));
      return result < 0 ? result : length[0];
    },
    trim: trimIn(library),
  };
}

function trimIn(library: Library): (() => void) | null {
  try {
    const trim = library.func('int malloc_trim(size_t pad)');
    return () => trim.async(0, () => {});
  } catch {
    return null;
  }
}
