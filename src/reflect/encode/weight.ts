/** The octets of attributes in a batch, counted as its buckets are added: a set may be as long as a message. */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { Packer } from './packer.ts';

/** Octets of attributes beyond which a piece ends early. */
const PIECE_BYTES = 1 << 20;

export class Weight {
  /** Buckets whose attributes are counted, and their octets. */
  private buckets = 0;
  private octets = 0;
  private readonly attributes: AttributesTable;

  constructor(attributes: AttributesTable) {
    this.attributes = attributes;
  }

  reset(): void {
    this.buckets = 0;
    this.octets = 0;
  }

  /** Whether the attributes of a batch fill a piece. */
  isReached(batch: Packer): boolean {
    for (; this.buckets < batch.bucketCount; this.buckets++) {
      this.octets += this.attributes.lengthOf(batch.setOf(this.buckets));
    }
    return this.octets > PIECE_BYTES;
  }
}
