/**
 * The output of one connection, one write at a time: control messages (OPEN, KEEPALIVE, NOTIFICATION, ROUTE-REFRESH) at
 * the next message boundary, ahead of all queued routes; then the families in turn, a slice of shared bytes each.
 */
import type { Slice } from '../../reflect/encode/gather.ts';
import type { GroupMember } from '../../reflect/group.ts';
import type { Wakeable } from '../../reflect/member.ts';
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import type { FamilyId } from '../../wire/families.ts';
import { MESSAGE, MESSAGE_TYPES } from '../../wire/message.ts';
import type { Connection } from '../ports/ports.ts';

export class Outbox implements Wakeable {
  messages = 0;
  updates = 0;
  /** Messages by type. */
  readonly types = new Float64Array(MESSAGE_TYPES);
  /** UPDATEs that announce and that withdraw routes, by family id. */
  readonly announcing: number[] = [];
  readonly withdrawing: number[] = [];
  bytes = 0;
  /** Receives whole messages before they are written; null: nobody looks at them. */
  onWrite: ((bytes: Uint8Array, start: number, end: number) => void) | null = null;
  /** Completed writes. */
  writes = 0;
  private controls: Uint8Array[] = [];
  private readonly members: GroupMember[] = [];
  private turn = 0;
  private writing = false;
  private current: GroupMember | null = null;
  private closing = false;
  private closed = false;
  private readonly slice: Slice = { bytes: new Uint8Array(0), start: 0, end: 0 };
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Queues a whole message ahead of routes. */
  control(message: Uint8Array): void {
    if (this.closing) return;
    this.controls.push(message);
    this.wake();
  }

  addMember(member: GroupMember): void {
    this.members.push(member);
    this.wake();
  }

  /** A member moved to another group. */
  replaceMember(before: GroupMember, after: GroupMember): void {
    this.members[this.members.indexOf(before)] = after;
    if (this.current === before) this.current = null;
    this.wake();
  }

  /** Removes the members: their bytes are not sent any more. */
  dropMembers(): void {
    this.members.length = 0;
    this.current = null;
  }

  /** Writes the next bytes, unless a write is active. */
  wake(): void {
    if (this.writing || this.closed) return;
    if (this.controls.length > 0) this.writeControls();
    else if (this.closing) this.finish();
    else this.writeRoutes();
  }

  /** The active write is complete. */
  written(): void {
    this.writing = false;
    this.writes++;
    const { current } = this;
    this.current = null;
    current?.written();
    this.wake();
  }

  /** Closes the connection after the active write and the control messages. */
  close(): void {
    this.closing = true;
    this.dropMembers();
    this.wake();
  }

  /** Closes it immediately and drops queued output. */
  abort(): void {
    this.closing = true;
    this.dropMembers();
    this.finish();
  }

  /** The connection is closed. */
  lost(): void {
    this.closing = true;
    this.closed = true;
    this.dropMembers();
  }

  /** A write is active. */
  get isWriting(): boolean {
    return this.writing;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  private finish(): void {
    if (this.closed) return;
    this.closed = true;
    this.connection.close();
  }

  private writeControls(): void {
    const { controls } = this;
    this.controls = [];
    this.messages += controls.length;
    for (const message of controls) this.types[message[TYPE_AT]]++;
    const bytes = controls.length === 1 ? controls[0] : concat(controls);
    this.write(bytes, 0, bytes.length);
  }

  private writeRoutes(): void {
    const { members, slice } = this;
    for (let tried = 0; tried < members.length; tried++) {
      const member = members[this.turn % members.length];
      this.turn++;
      if (!member.take(slice)) continue;
      this.current = member;
      this.count(slice, member.group.key.family);
      this.write(slice.bytes, slice.start, slice.end);
      return;
    }
  }

  private write(bytes: Uint8Array, start: number, end: number): void {
    this.writing = true;
    this.bytes += end - start;
    if (this.onWrite !== null) this.onWrite(bytes, start, end);
    this.connection.write(bytes, start, end);
  }

  /** Counts the messages of a slice by their length fields: a slice of shared bytes has no count per peer. */
  private count(slice: Slice, family: FamilyId): void {
    const { bytes, end } = slice;
    let announcing = 0;
    let withdrawing = 0;
    for (let at = slice.start; at < end; at += (bytes[at + 16] << 8) | bytes[at + 17]) {
      this.messages++;
      const type = bytes[at + TYPE_AT];
      this.types[type]++;
      if (type !== MESSAGE.update) continue;
      this.updates++;
      if (withdraws(bytes, at)) withdrawing++;
      else announcing++;
    }
    this.announcing[family] = (this.announcing[family] ?? 0) + announcing;
    this.withdrawing[family] = (this.withdrawing[family] ?? 0) + withdrawing;
  }
}

const TYPE_AT = 18;

/** Whether one of our UPDATEs withdraws: it has withdrawn routes, or MP_UNREACH_NLRI as its first attribute. End-of-RIB is one. */
function withdraws(bytes: Uint8Array, at: number): boolean {
  const hasWithdrawn = (bytes[at + 19] | bytes[at + 20]) !== 0;
  const hasAttributes = (bytes[at + 21] | bytes[at + 22]) !== 0;
  return hasWithdrawn || !hasAttributes || bytes[at + 24] === ATTRIBUTE.mpUnreach;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
