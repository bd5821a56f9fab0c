/** A first-in first-out queue of ids in a growing ring: no object per entry. */

export class IdQueue {
  private ring = new Uint32Array(1024);
  private head = 0;
  private size = 0;
  /** Ids removed since the start. */
  taken = 0;

  get length(): number {
    return this.size;
  }

  push(id: number): void {
    if (this.size === this.ring.length) this.resize(this.ring.length * 2);
    this.ring[(this.head + this.size++) & (this.ring.length - 1)] = id;
  }

  /** The oldest id; 0 when the queue is empty. */
  shift(): number {
    if (this.size === 0) return 0;
    const id = this.ring[this.head];
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.taken++;
    if (--this.size === 0 && this.ring.length > 65_536) this.resize(1024);
    return id;
  }

  bytes(): number {
    return this.ring.byteLength;
  }

  private resize(length: number): void {
    const ring = new Uint32Array(length);
    for (let i = 0; i < this.size; i++) ring[i] = this.ring[(this.head + i) & (this.ring.length - 1)];
    this.ring = ring;
    this.head = 0;
  }
}
