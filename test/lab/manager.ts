/** The end of systemd: receives the notifications of a service (sd_notify(3)). */
import koffi from 'koffi';
import { unixAddress } from '../../src/io/system/sdnotify.ts';

const libc = koffi.load(null);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)');
const recv = libc.func('long recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)');
const close = libc.func('int close(int fd)');

const MSG_DONTWAIT = 0x40;

export class Manager {
  readonly fd: number;

  constructor(name: string) {
    this.fd = socket(1, 2, 0);
    const address = unixAddress(name);
    expect(bind(this.fd, address, address.length)).toBe(0);
  }

  /** The next datagram that is there, or null. */
  take(): string | null {
    const bytes = Buffer.alloc(4096);
    const length = recv(this.fd, bytes, bytes.length, MSG_DONTWAIT);
    return length < 0 ? null : bytes.toString('utf8', 0, length);
  }

  /** Waits for a datagram. */
  async wait(): Promise<string> {
    for (;;) {
      const text = this.take();
      if (text !== null) return text;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  close(): void {
    close(this.fd);
  }
}
