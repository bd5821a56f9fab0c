/**
 * Paths of one family, as columns: the peer, the attributes, and the next path of the same prefix.
 *
 * Bytes per path: prefix 4, peer 2, attributes 4, next 4, reason 1, since 4; ADD-PATH identifier 4 once one was
 * received; generation 1 once a session was restarted gracefully; previous path 4 once a prefix has many paths;
 * attributes as received 4 once the import changed those of a path in the same page; weight 2 likewise; payload 4 in a family that has one.
 */
import { type Column, U8Column, U16Column, U32Column } from '../../lib/tables/columns.ts';
import { IdAllocator } from '../../lib/tables/ids.ts';
import type { AttributesId, PathId, PayloadId, PeerId, PrefixId } from './ids.ts';

export class PathTable {
  private readonly prefixes = new U32Column();
  private readonly peers = new U16Column();
  private readonly attributes = new U32Column();
  /** Attributes as received, if those in use differ; 0: they are the same. */
  private readonly receivedAttributes = new U32Column();
  private readonly nexts = new U32Column();
  private readonly befores = new U32Column();
  private readonly reasons = new U8Column();
  private readonly sinces = new U32Column();
  private readonly pathIds = new U32Column();
  private readonly generations = new U8Column();
  private readonly payloads = new U32Column();
  private readonly rules = new U16Column();
  private readonly weights = new U16Column();
  /** A path has had a weight: before that no decision compares any. */
  hasWeights = false;
  private readonly columns: readonly Column[] = [
    this.prefixes,
    this.peers,
    this.attributes,
    this.receivedAttributes,
    this.nexts,
    this.befores,
    this.reasons,
    this.sinces,
    this.pathIds,
    this.generations,
    this.payloads,
    this.rules,
    this.weights,
  ];
  private readonly ids = new IdAllocator(this.columns);

  get count(): number {
    return this.ids.count;
  }

  /** One above the largest id that may be in use. */
  get limit(): number {
    return this.ids.limit;
  }

  allocate(prefix: PrefixId, peer: PeerId, pathId: number): PathId {
    const id = this.ids.allocate();
    this.prefixes.set(id, prefix);
    this.peers.set(id, peer);
    if (pathId !== 0 || this.pathIds.get(id) !== 0) this.pathIds.set(id, pathId);
    return id as PathId;
  }

  free(id: PathId): void {
    this.peers.set(id, 0);
    if (this.hasWeights) this.setWeight(id, 0);
    this.ids.free(id);
  }

  prefixOf(id: PathId): PrefixId {
    return this.prefixes.get(id) as PrefixId;
  }

  /** 0 for an id that is not in use. */
  peerOf(id: PathId): PeerId {
    return this.peers.get(id) as PeerId;
  }

  /** The attributes in use: as received, with what the import changed. */
  attributesOf(id: PathId): AttributesId {
    return this.attributes.get(id) as AttributesId;
  }

  /** The attributes as the peer sent them. */
  receivedOf(id: PathId): AttributesId {
    return (this.receivedAttributes.get(id) || this.attributes.get(id)) as AttributesId;
  }

  nextOf(id: PathId): PathId {
    return this.nexts.get(id) as PathId;
  }

  setNext(id: PathId, next: PathId): void {
    this.nexts.set(id, next);
  }

  /** The previous path in the list of a prefix with many paths (`PathLists`); undefined for the head. */
  beforeOf(id: PathId): PathId {
    return this.befores.get(id) as PathId;
  }

  setBefore(id: PathId, before: PathId): void {
    this.befores.set(id, before);
  }

  /** A value of REASON; 0: usable. */
  reasonOf(id: PathId): number {
    return this.reasons.get(id);
  }

  setReason(id: PathId, reason: number): void {
    this.reasons.set(id, reason);
  }

  /** Time of the last change, in seconds of the clock. */
  sinceOf(id: PathId): number {
    return this.sinces.get(id);
  }

  /** ADD-PATH identifier as received (RFC 7911); 0 without. */
  pathIdOf(id: PathId): number {
    return this.pathIds.get(id);
  }

  /** The session of its peer in which it was last announced (RibPeer.generation). */
  generationOf(id: PathId): number {
    return this.generations.get(id);
  }

  setGeneration(id: PathId, generation: number): void {
    if (this.generations.get(id) !== generation) this.generations.set(id, generation);
  }

  /** What its NLRI has besides the key, such as labels; 0: nothing. */
  payloadOf(id: PathId): PayloadId {
    return this.payloads.get(id) as PayloadId;
  }

  setPayload(id: PathId, payload: PayloadId): void {
    this.payloads.set(id, payload);
  }

  /** The rule of the policies that decided about it, with REJECTED; 0: no policy. */
  ruleOf(id: PathId): number {
    return this.rules.get(id);
  }

  setRule(id: PathId, rule: number): void {
    if (this.rules.get(id) !== rule) this.rules.set(id, rule);
  }

  /** Preference in this router alone, set by a policy; 0: none. */
  weightOf(id: PathId): number {
    return this.weights.get(id);
  }

  /** With `hasWeights`. */
  setWeight(id: PathId, weight: number): void {
    if (this.weights.get(id) !== weight) this.weights.set(id, weight);
  }

  /** @param used the attributes in use; the same as `received` where the import changed nothing */
  setContent(id: PathId, received: AttributesId, used: AttributesId, reason: number, sinceSeconds: number): void {
    const kept = received === used ? 0 : received;
    if (this.receivedAttributes.get(id) !== kept) this.receivedAttributes.set(id, kept);
    this.attributes.set(id, used);
    this.reasons.set(id, reason);
    this.sinces.set(id, sinceSeconds);
  }

  bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.bytes(), 0) + this.ids.bytes();
  }
}
