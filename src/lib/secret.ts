/** Secret bytes, which must not get into a log, a view or an error by accident. */

export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The secret itself, only for the system call that needs it. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  equals(other: Secret): boolean {
    return this.length === other.length && this.#bytes.every((byte, at) => byte === other.#bytes[at]);
  }

  /** What JSON and string conversions show. */
  toJSON(): string {
    return '(secret)';
  }

  toString(): string {
    return '(secret)';
  }
}
