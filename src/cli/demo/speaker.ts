/**
 * A small BGP speaker: it opens one session, advertises its routes, and stores the routes that it receives. It uses the
 * codec of the daemon; it has no decision process and no second peer.
 */
import { connect, type Socket } from 'node:net';
import { parseIpv4 } from '../../lib/ip.ts';
import { FAMILIES } from '../../wire/families.ts';
import { Framer, type FrameSink } from '../../wire/framer.ts';
import { encodeKeepalive, MESSAGE } from '../../wire/message.ts';
import { decodeNotification, describeNotification, type Notification } from '../../wire/notification.ts';
import { AS_TRANS, fourOctetAsCapability, multiprotocol, routeRefresh } from '../../wire/open/capabilities.ts';
import { encodeOpen } from '../../wire/open/open.ts';
import { type ReceivedRoute, ReceivedRoutes } from './received-routes.ts';
import { type AdvertisedRoute, encodeAdvertisement, encodeWithdrawal } from './updates.ts';

export interface SpeakerSpec {
  readonly name: string;
  readonly as: number;
  readonly routerId: string;
  /** Source address of the session. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly routes: readonly AdvertisedRoute[];
}

/** The state that a speaker reports. */
export interface SpeakerState {
  readonly up: boolean;
  /** Why it is not up, or null. */
  readonly problem: string | null;
  readonly received: readonly ReceivedRoute[];
}

const HOLD_SECONDS = 30;
const KEEPALIVE_MS = 10_000;
const RETRY_MS = 500;

export class Speaker implements FrameSink {
  private readonly spec: SpeakerSpec;
  private readonly onState: (state: SpeakerState) => void;
  private readonly received: ReceivedRoutes;
  private readonly routes: Map<string, AdvertisedRoute>;
  private socket: Socket | null = null;
  private framer = new Framer();
  private keepalives: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private up = false;
  private problem: string | null = 'connecting';
  private stopped = false;

  constructor(spec: SpeakerSpec, onState: (state: SpeakerState) => void) {
    this.spec = spec;
    this.onState = onState;
    this.received = new ReceivedRoutes();
    this.routes = new Map(spec.routes.map((route) => [route.prefix, route]));
  }

  start(): void {
    const { from, to, port } = this.spec;
    const socket = connect({ host: to, port, localAddress: from, noDelay: true });
    this.socket = socket;
    this.framer = new Framer();
    socket.on('connect', () => socket.write(encodeOpen(this.open())));
    socket.on('data', (bytes) => this.framer.push(bytes, 0, bytes.length, this));
    socket.on('error', (error) => {
      this.problem = error.message;
    });
    socket.on('close', () => this.lost());
  }

  advertise(route: AdvertisedRoute): void {
    this.routes.set(route.prefix, route);
    if (this.up) this.socket?.write(encodeAdvertisement(route, this.spec.as));
  }

  withdraw(prefix: string): void {
    this.routes.delete(prefix);
    if (this.up) this.socket?.write(encodeWithdrawal(prefix));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    this.socket?.end();
  }

  onFrame(bytes: Uint8Array, start: number, end: number, type: number): boolean {
    if (type === MESSAGE.open) this.socket?.write(encodeKeepalive());
    else if (type === MESSAGE.keepalive && !this.up) this.established();
    else if (type === MESSAGE.notification) this.problem = describeNotification(decodeNotification(bytes, start, end));
    else if (type === MESSAGE.update && this.received.apply(bytes, start, end)) this.report();
    return true;
  }

  isTimeUp(): boolean {
    return false;
  }

  onFramingError(error: Notification): void {
    this.problem = describeNotification(error);
    this.socket?.destroy();
  }

  private open() {
    const { as, routerId } = this.spec;
    const families = FAMILIES.map(({ id }) => multiprotocol(id));
    return {
      version: 4,
      myAs: as > 0xffff ? AS_TRANS : as,
      holdTimeSeconds: HOLD_SECONDS,
      routerId: parseIpv4(routerId) ?? 0,
      capabilities: [...families, routeRefresh(), fourOctetAsCapability(as)],
    };
  }

  private established(): void {
    this.up = true;
    this.problem = null;
    this.keepalives = setInterval(() => this.socket?.write(encodeKeepalive()), KEEPALIVE_MS);
    for (const route of this.routes.values()) this.socket?.write(encodeAdvertisement(route, this.spec.as));
    this.report();
  }

  private lost(): void {
    clearInterval(this.keepalives);
    this.up = false;
    this.problem ??= 'the connection was closed';
    this.received.clear();
    this.report();
    if (!this.stopped) this.retry = setTimeout(() => this.start(), RETRY_MS);
  }

  private report(): void {
    this.onState({ up: this.up, problem: this.problem, received: this.received.list() });
  }
}
