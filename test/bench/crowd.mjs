/**
 * Many BGP peers in one process, for `storm.mjs`: at the word `storm` all drop what they have and connect at once; when
 * the last has all routes, the figures go back.
 */
import { connect } from 'node:net';
import { HostMessages } from './bgp-peer.mjs';
import { cpuSeconds } from './cpu.mjs';

const count = Number(process.argv[2]);
/** Process id of the daemon. */
const daemon = Number(process.argv[3]);
const [OPEN, UPDATE, NOTIFICATION, KEEPALIVE] = [1, 2, 3, 4];
const HOLD_SECONDS = 90;
/** Length of the UPDATE that ends a table (RFC 4724 2). */
const END_OF_RIB = 23;
const PATIENCE_MS = 60_000;
let sessions = [];

/** One connection, and when its steps were taken. */
class Session {
  rest = Buffer.alloc(0);
  lost = false;
  prefixes = 0;
  at = { connected: Number.NaN, open: Number.NaN, established: Number.NaN, routes: Number.NaN };
  /** CPU seconds of the daemon at these steps: a loaded machine delays the steps, but does not make them cost more. */
  cpuAt = { connected: Number.NaN, open: Number.NaN, established: Number.NaN };

  constructor(index, onDone) {
    const address = `127.${2 + (index >> 8)}.${index & 255}.1`;
    this.onDone = onDone;
    this.socket = connect({ host: '127.0.0.1', port: 179, localAddress: address, noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('connect', () => {
      this.at.connected = performance.now();
      this.cpuAt.connected = cpuSeconds(daemon);
      this.socket.write(HostMessages.open(address, HOLD_SECONDS, [64, 2, 0, 0]));
    });
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.on('close', () => {
      this.lost = true;
      onDone();
    });
    this.timer = setInterval(() => this.socket.write(HostMessages.keepalive), (HOLD_SECONDS * 1000) / 3);
  }

  drop() {
    clearInterval(this.timer);
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }

  read(chunk) {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 19) {
      const length = bytes.readUInt16BE(at + 16);
      if (bytes.length - at < length) break;
      this.message(bytes[at + 18], length, bytes, at);
      at += length;
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  message(type, length, bytes, at) {
    const nowMs = performance.now();
    if (type === OPEN) {
      this.at.open = nowMs;
      this.cpuAt.open = cpuSeconds(daemon);
      this.socket.write(HostMessages.keepalive);
    } else if (type === KEEPALIVE && Number.isNaN(this.at.established)) {
      this.at.established = nowMs;
      this.cpuAt.established = cpuSeconds(daemon);
    } else if (type === UPDATE && length === END_OF_RIB) {
      this.at.routes = nowMs;
      this.onDone();
    } else if (type === UPDATE) {
      // No withdrawn routes; prefixes of 24 bits.
      this.prefixes += (length - END_OF_RIB - bytes.readUInt16BE(at + 21)) / 4;
    } else if (type === NOTIFICATION) this.lost = true;
  }
}

async function storm() {
  for (const session of sessions) session.drop();
  const begunMs = performance.now();
  await new Promise((resolve) => {
    let left = count;
    const done = () => {
      if (--left === 0) resolve();
    };
    setTimeout(resolve, PATIENCE_MS).unref();
    sessions = Array.from({ length: count }, (_, i) => new Session(i, done));
  });
  const longestCpu = (step) =>
    Math.round(Math.max(...sessions.map(({ cpuAt }) => cpuAt[step] - cpuAt.connected)) * 1000);
  const last = (step) => Math.round(Math.max(...sessions.map(({ at }) => at[step])) - begunMs);
  return {
    connectedMs: last('connected'),
    openMs: last('open'),
    establishedMs: last('established'),
    routesMs: last('routes'),
    longestOpenMs: Math.round(Math.max(...sessions.map(({ at }) => at.open - at.connected))),
    longestOpenCpuMs: longestCpu('open'),
    longestEstablishedCpuMs: longestCpu('established'),
    fewestRoutes: Math.min(...sessions.map(({ prefixes }) => prefixes)),
    lost: sessions.filter(({ lost }) => lost).length,
  };
}

process.on('message', () => void storm().then((figures) => process.send(figures)));
process.on('disconnect', () => process.exit());
