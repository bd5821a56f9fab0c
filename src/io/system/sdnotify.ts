/**
 * The notification protocol of systemd (sd_notify(3)): readiness, reloads, status and the watchdog, as datagrams to the
 * unix socket in $NOTIFY_SOCKET. Node has no unix datagram sockets, so libc is called. Without that variable nothing is
 * sent.
 */
import { errnoName, libc, loadLibc, whyNoLibc } from './libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
/** Bytes of `sun_path` (unix(7)). */
const PATH_BYTES = 108;

export interface Notifier {
  /** The service is up, or has finished a reload. */
  ready(status: string): void;
  /** A reload starts; `ready` ends it. */
  reloading(): void;
  stopping(status: string): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** Stops the watchdog pings and closes the socket. */
  close(): void;
}

/** Sends one datagram; false: the system refused it. */
type SendDatagram = (text: string) => boolean;

/**
 * Removes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from `environment`, so that no child process inherits them, and
 * starts the watchdog pings if systemd expects them. The event loop sends them: a blocked loop is a hanging daemon.
 * @param warn called once, with a message, if systemd expects notifications but cannot be reached
 */
export async function createNotifier(
  environment: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): Promise<Notifier> {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: watchdogUs, WATCHDOG_PID: watchdogPid } = environment;
  delete environment.NOTIFY_SOCKET;
  delete environment.WATCHDOG_USEC;
  delete environment.WATCHDOG_PID;
  if (path === undefined || path === '') return new DatagramNotifier(null, 0, warn);
  const forUs = watchdogPid === undefined || Number(watchdogPid) === process.pid;
  const pingMs = forUs ? watchdogIntervalMs(watchdogUs) : 0;
  try {
    return new DatagramNotifier(await openSocket(unixAddress(path)), pingMs, warn);
  } catch (error) {
    warn(`systemd is not notified: ${error instanceof Error ? error.message : String(error)}`);
    return new DatagramNotifier(null, 0, warn);
  }
}

/** Half of the watchdog timeout in whole milliseconds; 0: no watchdog. */
export function watchdogIntervalMs(watchdogUs: string | undefined): number {
  const us = Number(watchdogUs);
  return us > 0 && Number.isFinite(us) ? Math.max(1, Math.floor(us / 2000)) : 0;
}

/**
 * The `sockaddr_un` of a socket name: family (2 bytes, host byte order: little-endian on all Linux platforms of Node
 * except s390x), then the path with its NUL, or, for a name `@x` of the abstract namespace, a NUL and `x`.
 * @throws Error if the name is not the path of a unix socket, or too long
 */
export function unixAddress(name: string): Uint8Array {
  const abstract = name.startsWith('@');
  if (!abstract && !name.startsWith('/')) throw new Error(`NOTIFY_SOCKET ${name} is not a unix socket`);
  const path = new TextEncoder().encode(abstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (path.length > PATH_BYTES) throw new Error(`NOTIFY_SOCKET ${name} is too long`);
  const address = new Uint8Array(2 + path.length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(path, 2);
  return address;
}

interface Datagrams {
  readonly send: SendDatagram;
  readonly close: () => void;
}

/** @throws Error if libc cannot be loaded, or the socket cannot be created */
async function openSocket(address: Uint8Array): Promise<Datagrams> {
  await loadLibc();
  const calls = libc();
  if (calls === null) throw new Error(whyNoLibc());
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw new Error(`no socket: ${errnoName(-fd)}`);
  return {
    send: (text) => {
      const bytes = new TextEncoder().encode(text);
      return calls.sendto(fd, bytes, address) === bytes.length;
    },
    close: () => calls.close(fd),
  };
}

class DatagramNotifier implements Notifier {
  private datagrams: Datagrams | null;
  private readonly warn: (message: string) => void;
  private readonly pings: NodeJS.Timeout | null = null;
  private warned = false;

  constructor(datagrams: Datagrams | null, pingMs: number, warn: (message: string) => void) {
    this.datagrams = datagrams;
    this.warn = warn;
    if (datagrams !== null && pingMs > 0) this.pings = setInterval(() => this.send('WATCHDOG=1'), pingMs).unref();
  }

  ready(status: string): void {
    this.send('READY=1', statusLine(status));
  }

  reloading(): void {
    // Type=notify-reload ignores RELOADING=1 without the time of CLOCK_MONOTONIC, which is the clock of hrtime.
    this.send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(status: string): void {
    this.send('STOPPING=1', statusLine(status));
  }

  status(text: string): void {
    this.send(statusLine(text));
  }

  close(): void {
    if (this.pings !== null) clearInterval(this.pings);
    this.datagrams?.close();
    this.datagrams = null;
  }

  private send(...lines: string[]): void {
    if (this.datagrams === null || this.datagrams.send(lines.join('\n')) || this.warned) return;
    this.warned = true;
    this.warn('systemd does not accept notifications');
  }
}

/** A status is a single line. */
function statusLine(text: string): string {
  return `STATUS=${text.replaceAll(/[\n\r]+/g, ' ')}`;
}
