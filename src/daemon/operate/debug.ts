/**
 * `debug X on`: the messages of a peer in the log, decoded. It ends by itself: after a time, or with the session. Messages
 * above a rate are counted, so that a full table does not fill the disk.
 */
import { CommandError } from '../../engine/api/commands.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import type { Tap, TappedConnection } from '../../engine/ports/taps.ts';
import { describeMessage } from '../../engine/show/messages.ts';
import { HEADER_LENGTH } from '../../wire/message.ts';

const SECONDS = 600;
/** Peers at the same time. */
const MAX_PEERS = 4;
/** Messages of a peer that are logged at once, and then each second. */
const BURST = 200;
const PER_SECOND = 20;
/** Maximum characters of a message in the log. */
const MAX_TEXT = 2000;

interface Running {
  readonly timer: NodeJS.Timeout;
  readonly tap: DebugTap;
}

export class Debugging {
  private readonly engine: Engine;
  private readonly running = new Map<string, Running>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** @throws CommandError if the messages are captured already, or those of too many peers are logged */
  begin(peer: Peer, seconds = SECONDS): string {
    const { taps, peers, events } = this.engine;
    const { name } = peer;
    if (this.running.has(name)) this.finish(name, 'it starts again');
    if (taps.has(name)) throw new CommandError(`the messages of ${name} are being captured; end \`capture\` first`);
    if (this.running.size >= MAX_PEERS) {
      const names = [...this.running.keys()].join(', ');
      throw new CommandError(`the messages of ${MAX_PEERS} peers are logged already: ${names}`);
    }
    const tap = new DebugTap(this.engine, name);
    const timer = setTimeout(() => this.finish(name, `${seconds} s are over`), seconds * 1000).unref();
    this.running.set(name, { tap, timer });
    taps.begin(name, tap);
    peers.get(name)?.listen(tap);
    events.emit({ name: 'debug.started', peer: name, seconds });
    return `the messages of ${name} are logged for ${seconds} s, until its session ends, or until \`debug ${name} off\``;
  }

  /** @param text the name of a peer, or its description @throws CommandError if its messages are not logged */
  end(text: string): string {
    const name = [...this.running.keys()].find(
      (one) => one === text || this.engine.peers.get(one)?.spec.description === text,
    );
    if (name === undefined) throw new CommandError(`the messages of "${text}" are not logged`);
    this.finish(name, 'by command');
    return `the messages of ${name} are no longer logged`;
  }

  /** The session with a peer ended: its last messages are written within this turn. */
  onDown(peer: string): void {
    if (this.running.has(peer)) setImmediate(() => this.finish(peer, 'the session ended'));
  }

  close(): void {
    for (const { timer } of this.running.values()) clearTimeout(timer);
    this.running.clear();
  }

  private finish(name: string, why: string): void {
    const running = this.running.get(name);
    if (running === undefined) return;
    const { engine } = this;
    clearTimeout(running.timer);
    this.running.delete(name);
    engine.taps.end(name);
    engine.peers.get(name)?.listen(null);
    engine.events.emit({ name: 'debug.ended', peer: name, why, ...running.tap.counts });
  }
}

class DebugTap implements Tap {
  private readonly engine: Engine;
  private readonly peer: string;
  private tokens = BURST;
  private refilledMs: number;
  private logged = 0;
  private skipped = 0;

  constructor(engine: Engine, peer: string) {
    this.engine = engine;
    this.peer = peer;
    this.refilledMs = engine.clock.nowMs();
  }

  get counts() {
    return { logged: this.logged, skipped: this.skipped };
  }

  messages(
    direction: 'received' | 'sent',
    { side }: TappedConnection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    for (let at = start; at + HEADER_LENGTH <= end; ) {
      const next = at + ((bytes[at + 16]! << 8) | bytes[at + 17]!);
      if (next <= at || next > end) return;
      this.message(direction, side, bytes, at, next);
      at = next;
    }
  }

  private message(
    direction: 'received' | 'sent',
    side: 'in' | 'out',
    bytes: Uint8Array,
    at: number,
    next: number,
  ): void {
    if (!this.spend()) {
      this.skipped++;
      return;
    }
    this.logged++;
    const session = this.engine.peers.get(this.peer)?.session ?? null;
    const text = describeMessage(bytes.slice(at, next), direction, session);
    this.engine.events.emit({
      name: 'debug.message',
      peer: this.peer,
      direction,
      side,
      text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more characters)` : text,
    });
  }

  private spend(): boolean {
    const seconds = (this.engine.clock.nowMs() - this.refilledMs) / 1000;
    if (seconds >= 1) {
      this.tokens = Math.min(BURST, this.tokens + Math.floor(seconds) * PER_SECOND);
      this.refilledMs = this.engine.clock.nowMs();
    }
    if (this.tokens === 0) return false;
    this.tokens--;
    return true;
  }
}
