/** As much of a BGP peer as a measurement needs: it opens, keeps alive, sends what it is given, and times keepalives. */
import { connect } from 'node:net';

const AS = 65_000;
const KEEPALIVE = message(4, []);
const PER_UPDATE = 100;

const u16 = (value) => [(value >>> 8) & 255, value & 255];
const ipv4 = (text) => text.split('.').map(Number);

function message(type, body) {
  return Buffer.from([...new Array(16).fill(255), (body.length + 19) >> 8, (body.length + 19) & 255, type, ...body]);
}

/** @param more further capabilities */
function open(address, holdSeconds, more = []) {
  const capabilities = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, ...u16(AS), ...more];
  const parameters = [2, capabilities.length, ...capabilities];
  return message(1, [4, ...u16(AS), ...u16(holdSeconds), ...ipv4(address), parameters.length, ...parameters]);
}

function nlri(prefixes) {
  return prefixes.flatMap((prefix) => [24, ...ipv4(prefix.split('/')[0]).slice(0, 3)]);
}

/** An UPDATE of an iBGP host for prefixes of 24 bits. */
export function announcement(nextHop, prefixes) {
  const attributes = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 3, 4, ...ipv4(nextHop), 0x40, 5, 4, 0, 0, 0, 100];
  return message(2, [0, 0, ...u16(attributes.length), ...attributes, ...nlri(prefixes)]);
}

/** So many prefixes in UPDATEs of a hundred, each with attributes of its own, as routes of many hosts have. */
export function* announcements(routes) {
  for (let i = 0; i < routes; i += PER_UPDATE) {
    const hop = `192.0.${(i / PER_UPDATE) >> 8}.${(i / PER_UPDATE) & 255}`;
    const count = Math.min(PER_UPDATE, routes - i);
    yield announcement(
      hop,
      Array.from({ length: count }, (_, n) => `${20 + ((i + n) >> 16)}.${((i + n) >> 8) & 255}.${(i + n) & 255}.0/24`),
    );
  }
}

export function withdrawal(prefixes) {
  const withdrawn = nlri(prefixes);
  return message(2, [...u16(withdrawn.length), ...withdrawn, 0, 0]);
}

/** The messages that take a host to Established. */
export const HostMessages = { open, keepalive: KEEPALIVE };

export class Peer {
  /** Longest time between two keepalives since it was last set to 0. */
  longestMs = 0;
  closed = false;
  lastMs = Number.NaN;
  rest = Buffer.alloc(0);

  /** An established session with 127.0.0.1; keepalives come every third of the hold time. */
  static connect(localAddress, holdSeconds) {
    return new Promise((resolve, reject) => {
      const peer = new Peer();
      peer.socket = connect({ host: '127.0.0.1', port: 179, localAddress, noDelay: true });
      peer.socket.on('error', reject);
      peer.socket.on('close', () => {
        peer.closed = true;
        clearInterval(peer.timer);
      });
      peer.socket.on('data', (chunk) => peer.read(chunk, () => resolve(peer)));
      peer.socket.write(Buffer.concat([open(localAddress, holdSeconds), KEEPALIVE]));
      peer.timer = setInterval(() => peer.socket.write(KEEPALIVE), (holdSeconds * 1000) / 3);
    });
  }

  /** Sends messages as fast as they are taken. */
  async send(messages) {
    for (const one of messages) {
      if (!this.socket.write(one)) await new Promise((resolve) => this.socket.once('drain', resolve));
    }
  }

  end() {
    this.socket.end();
  }

  read(chunk, onKeepalive) {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (
      ;
      bytes.length - at >= 19 && bytes.length - at >= bytes.readUInt16BE(at + 16);
      at += bytes.readUInt16BE(at + 16)
    ) {
      if (bytes[at + 18] !== 4) continue;
      const nowMs = performance.now();
      if (nowMs - this.lastMs > this.longestMs) this.longestMs = nowMs - this.lastMs;
      this.lastMs = nowMs;
      onKeepalive();
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }
}
