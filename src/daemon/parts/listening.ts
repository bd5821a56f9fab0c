/** Opens, changes and closes the listening sockets for BGP, with their keys. */
import type { Engine } from '../../engine/engine.ts';
import { type Listener, type ListenProblem, listen } from '../../io/net/listener.ts';
import { formatAddress } from '../../lib/ip.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { ListenSpec, RouterSpec } from '../../spec/router.ts';
import { listenKeys } from './listen-keys.ts';
import type { Trial } from './part.ts';

export class Listening {
  private readonly engine: Engine;
  private readonly failed = new Map<string, string>();
  private listener: Listener | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Number of addresses that the daemon listens on. */
  get count(): number {
    return this.listener?.bound.length ?? 0;
  }

  /** Why the daemon does not listen on single addresses, in sentences. */
  get problems(): readonly string[] {
    return [...this.failed.values()];
  }

  /** Why keys are not in force on some socket, by prefix. */
  get keyProblems(): ReadonlyMap<string, string> {
    return this.listener?.keyProblems ?? new Map();
  }

  /** @throws Error if none of the configured addresses can be listened on */
  async start(): Promise<void> {
    const { spec } = this.engine;
    this.listener = await listen(
      spec.listen,
      (connection) => this.engine.accept(connection),
      (problem) => this.onProblem(problem),
      { keys: listenKeys(spec) },
    );
    this.engine.admission.setKeyProblems(this.listener.keyProblems);
    this.noteOpen(this.listener.bound);
    if (this.count === 0 && spec.listen.length > 0) throw new Error(this.problems.join('; '));
    this.passOwnAddresses();
  }

  async close(): Promise<void> {
    await this.listener?.close();
  }

  /** Called before peers change: a connection after the change must find its key set. */
  setKeys(spec: RouterSpec): void {
    if (this.listener === null) return;
    this.listener.setKeys(listenKeys(spec, (peer) => this.located(peer)));
    this.engine.admission.setKeyProblems(this.listener.keyProblems);
  }

  /** Sets the keys of another specification on the sockets. */
  async tryKeys(spec: RouterSpec): Promise<Trial> {
    const before = this.keyProblems;
    const running = this.engine.spec;
    this.setKeys(spec);
    const added = [...this.keyProblems].filter(([prefix]) => !before.has(prefix));
    return {
      problems: added.map(([prefix, problem]) => `the key of ${prefix}: ${problem}`),
      commit: async () => [],
      undo: async () => this.setKeys(running),
    };
  }

  /** Opens the new addresses of another specification; addresses that failed before may fail again. */
  async tryAddresses(wanted: readonly ListenSpec[]): Promise<Trial> {
    const { listener } = this;
    if (listener === null) return { problems: [], commit: async () => [], undo: async () => {} };
    const before = listener.bound;
    const change = await listener.prepare(wanted);
    const isNew = ({ spec }: ListenProblem) => !this.failed.has(keyOf(spec));
    return {
      problems: change.problems.filter(isNew).map(({ message }) => message),
      commit: async () => {
        change.commit();
        this.failed.clear();
        for (const problem of change.problems) this.onProblem(problem);
        this.noteChange(before, listener.bound);
        return change.problems.map(({ message }) => message);
      },
      undo: () => change.undo(),
    };
  }

  /** The last known address of a peer on an interface; null: none. */
  private located(spec: PeerSpec): Uint8Array | null {
    const address = this.engine.peers.get(peerName(spec))?.spec.address;
    return address === undefined || address.every((byte) => byte === 0) ? null : address;
  }

  private noteChange(before: readonly ListenSpec[], after: readonly ListenSpec[]): void {
    const [old, now] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
    for (const { address, port } of before.filter((spec) => !now.has(keyOf(spec)))) {
      this.engine.events.emit({ name: 'listen.closed', address: formatAddress(address), port });
    }
    this.noteOpen(after.filter((spec) => !old.has(keyOf(spec))));
    this.engine.admission.setKeyProblems(this.keyProblems);
    this.passOwnAddresses();
  }

  private noteOpen(open: readonly ListenSpec[]): void {
    for (const { address, port } of open) {
      this.engine.events.emit({ name: 'listen.open', address: formatAddress(address), port });
    }
  }

  private passOwnAddresses(): void {
    this.engine.setOwnAddresses((this.listener?.bound ?? []).map(({ address }) => address));
  }

  private onProblem({ kind, spec, message }: ListenProblem): void {
    const address = formatAddress(spec.address);
    if (kind === 'accept') {
      this.engine.events.emit({ name: 'listen.accept-failed', address, error: message });
      return;
    }
    this.failed.set(keyOf(spec), message);
    this.engine.events.emit({ name: 'listen.failed', address, port: spec.port, error: message });
  }
}

function keyOf({ address, port }: ListenSpec): string {
  return `${formatAddress(address)} ${port}`;
}
