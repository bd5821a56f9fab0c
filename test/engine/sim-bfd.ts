/**
 * BFD for the simulated world: our tables and those of the peers are the real ones, on the clock and the timers of the
 * engine; between them lies a line that the test cuts.
 */
import { readPacket, writePacket } from '../../src/bfd/packet.ts';
import type { BfdSpec } from '../../src/bfd/spec.ts';
import { BfdTable } from '../../src/bfd/table.ts';
import type { BfdEndpoints, BfdHandle, BfdListener, BfdService } from '../../src/engine/ports/ports.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import { seeded } from '../bfd/pair.ts';
import type { World } from './world.ts';

const PEER: BfdSpec = { intervalMs: 100, minRxMs: 100, multiplier: 3, multihop: false, minTtl: 255 };

/** What the engine asked for. */
export interface Asked {
  readonly endpoints: BfdEndpoints;
  readonly local: string;
  readonly remote: string;
  /** As asked for last. */
  spec: BfdSpec;
  readonly listener: BfdListener;
  ended: boolean;
}

export class SimBfd implements BfdService {
  world: World | null = null;
  /** All that was ever asked for. */
  readonly asked: Asked[] = [];
  /** Packets pass to the peers, and from them. */
  passes = { out: true, in: true };
  /** The peers say that their BFD does not share fate with their control plane (C bit). */
  independent = false;
  private readonly random = seeded(1);
  private ours: BfdTable | null = null;
  private readonly peers = new Map<string, BfdTable>();

  begin(endpoints: BfdEndpoints, spec: BfdSpec, listener: BfdListener): BfdHandle {
    const [local, remote] = [formatAddress(endpoints.local), formatAddress(endpoints.remote)];
    const id = String(this.asked.length);
    const asked: Asked = { endpoints, local, remote, spec, listener, ended: false };
    this.asked.push(asked);
    this.ours ??= this.tableOf((to, bytes) => this.carryOut(this.asked[Number(to)]!, bytes));
    const { ours } = this;
    ours.add(id, { local, remote, multihop: spec.multihop }, spec);
    return {
      configure: (other) => {
        asked.spec = other;
        ours.configure(id, other);
      },
      end: () => {
        asked.ended = true;
        ours.remove(id);
      },
      get packets() {
        return ours.packetsOf(id) ?? { sent: 0, received: 0 };
      },
    };
  }

  /** A peer runs BFD with us. */
  answer(peer: string, over: Partial<BfdSpec> = {}, local = '10.99.0.1'): void {
    const spec = { ...PEER, ...over };
    const table: BfdTable = this.tableOf((_, bytes) => {
      // One that was killed says nothing more.
      if (this.peers.get(peer) === table) this.carryIn(peer, local, spec.multihop, bytes);
    });
    this.peers.set(peer, table);
    table.add('us', { local: peer, remote: local, multihop: spec.multihop }, spec);
  }

  /** A peer switches its BFD off. */
  disable(peer: string): void {
    this.peers.get(peer)?.remove('us');
  }

  /** A peer's BFD is gone without a word. */
  kill(peer: string): void {
    this.peers.delete(peer);
  }

  /** What is in force at the one that is not ended; null: there is none. */
  get current(): Asked | null {
    return this.asked.findLast(({ ended }) => !ended) ?? null;
  }

  private tableOf(send: (id: string, bytes: Uint8Array) => void): BfdTable {
    const world = this.world!;
    const { timers } = world.engine;
    return new BfdTable({
      timers,
      nowMs: () => world.nowMs,
      random: this.random,
      send,
      onChanged: (id, status) =>
        world.later(() => {
          const asked = this.asked[Number(id)];
          if (asked?.ended === false) asked.listener.onStatus(status);
        }),
      onGone: () => {},
    });
  }

  private carryOut({ local, remote, spec }: Asked, bytes: Uint8Array): void {
    const { multihop } = spec;
    this.deliver(() => {
      if (!this.passes.out) return;
      this.peers.get(remote)?.receive(bytes, bytes.length, { local: remote, remote: local, multihop });
    });
  }

  private carryIn(peer: string, local: string, multihop: boolean, bytes: Uint8Array): void {
    const packet = readPacket(bytes);
    if (typeof packet === 'string') throw new Error(packet);
    const marked = writePacket({ ...packet, independent: this.independent });
    this.deliver(() => {
      if (!this.passes.in) return;
      this.ours?.receive(marked, marked.length, { local, remote: peer, multihop });
    });
  }

  private deliver(run: () => void): void {
    const world = this.world!;
    world.later(() => {
      run();
      world.engine.rearm();
    });
  }
}
