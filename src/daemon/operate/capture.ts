/** `capture`: copies of the messages of a peer for a client, bounded in time, size and memory. */
import { type CommandArguments, CommandError } from '../../engine/api/commands.ts';
import type { CapturedView } from '../../engine/api/operator-commands.ts';
import type { Tap, TappedConnection } from '../../engine/ports/taps.ts';
import { formatAddress } from '../../lib/ip.ts';
import { type CommandTarget, findPeer } from './target.ts';

const SECONDS = 60;
const OCTETS = 10_000_000;
/** Peers that are captured at the same time. */
const MAX_CAPTURES = 4;
/** Octets that wait for a client which reads too slowly; further messages are dropped and counted. */
const MAX_WAITING = 8 << 20;

type Limits = Omit<CommandArguments['capture'], 'peer'>;

interface Copy {
  readonly atMs: number;
  readonly direction: 'received' | 'sent';
  readonly connection: TappedConnection;
  readonly bytes: Uint8Array;
}

/** Messages that wait for the client. */
class Copies implements Tap {
  octets = 0;
  /** Octets that were not copied, because the client reads too slowly. */
  dropped = 0;
  wake: () => void = () => {};
  private waiting: Copy[] = [];
  private waitingOctets = 0;
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  messages(
    direction: Copy['direction'],
    connection: TappedConnection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const length = end - start;
    if (this.waitingOctets + length > MAX_WAITING) {
      this.dropped += length;
      return;
    }
    this.waiting.push({ atMs: this.nowMs(), direction, connection, bytes: bytes.slice(start, end) });
    this.waitingOctets += length;
    this.octets += length;
    this.wake();
  }

  take(): Copy[] {
    const { waiting } = this;
    this.waiting = [];
    this.waitingOctets = 0;
    return waiting;
  }
}

/** @throws CommandError if the peer is captured already */
export async function* capture(
  daemon: CommandTarget,
  text: string,
  { seconds = SECONDS, octets = OCTETS }: Limits,
  signal: AbortSignal,
): AsyncGenerator<CapturedView> {
  const { engine } = daemon;
  const { name } = findPeer(daemon, text);
  if (engine.taps.has(name)) throw new CommandError(`the messages of ${name} are being captured already`);
  if (engine.taps.count >= MAX_CAPTURES) throw new CommandError(`${MAX_CAPTURES} peers are being captured already`);
  const copies = new Copies(() => engine.clock.wallMs());
  engine.taps.begin(name, copies);
  engine.peers.get(name)?.listen(copies);
  try {
    yield { kind: 'begin', peer: name, seconds };
    const isOver = timeout(seconds * 1000, signal, copies);
    for (;;) {
      for (const copy of copies.take()) yield viewOf(copy);
      if (signal.aborted || isOver() || copies.octets >= octets) break;
      await new Promise<void>((resolve) => {
        copies.wake = resolve;
      });
    }
    const why = copies.octets >= octets ? `after ${octets} octets` : `after ${seconds} s`;
    yield { kind: 'end', why, octets: copies.octets, dropped: copies.dropped };
  } finally {
    engine.taps.end(name);
    engine.peers.get(name)?.listen(null);
  }
}

/** Wakes the capture when its time is over, or when the client leaves; returns whether the time is over. */
function timeout(ms: number, signal: AbortSignal, copies: Copies): () => boolean {
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    copies.wake();
  }, ms);
  timer.unref();
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    copies.wake();
  });
  return () => over;
}

function viewOf({ atMs, direction, connection: { side, tcp }, bytes }: Copy): CapturedView {
  return {
    kind: 'messages',
    atMs,
    direction,
    side,
    local: formatAddress(tcp.localAddress),
    localPort: tcp.localPort,
    remote: formatAddress(tcp.remoteAddress),
    remotePort: tcp.remotePort,
    bytes: Buffer.from(bytes).toString('base64'),
  };
}
