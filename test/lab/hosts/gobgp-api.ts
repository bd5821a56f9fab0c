/**
 * The routes of a GoBGP as its API (gRPC) gives them: its command line shows no SR policies, and of link state the names of the
 * routes alone. The messages are those of attribute.proto and gobgp.proto of GoBGP 3.10.
 */
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Namespace } from '../namespace.ts';

/** The socket on which `startGobgp` lets it answer. */
export function apiSocket(ns: Namespace): string {
  return join(ns.folder, 'gobgp.sock');
}

/** Fields of a message by their names; fields that are 0 or empty are left out, as in the encoding. */
export interface Message {
  readonly [field: string]: Value;
}
type Value = number | boolean | string | Message | readonly Value[];

/**
 * The fields of messages in the order of their numbers, from 1 or from what stands in front of the name: `name:kind`, where no
 * kind is an unsigned number, and `[]` a field that is repeated. Of `any` the type is a further field, `is`.
 */
const MESSAGES: Readonly<Record<string, string>> = {
  ListPathResponse: 'destination:Destination',
  Destination: 'name:text paths:Path[]',
  Path: 'nlri:any attributes:any[] 20=nlriOctets:hex 21=attributeOctets:hex[]',

  LsAddrPrefix: 'type nlri:any length protocol identifier',
  LsNodeNLRI: 'local:LsNodeDescriptor',
  LsLinkNLRI: 'local:LsNodeDescriptor remote:LsNodeDescriptor link:LsLinkDescriptor',
  LsPrefixV4NLRI: 'local:LsNodeDescriptor prefix:LsPrefixDescriptor',
  LsPrefixV6NLRI: 'local:LsNodeDescriptor prefix:LsPrefixDescriptor',
  LsNodeDescriptor: 'as domain area pseudonode:bool igpRouter:text bgpRouter:text',
  LsLinkDescriptor: 'localId remoteId interface:text neighbor:text interface6:text neighbor6:text',
  LsPrefixDescriptor: 'reachability:text[] ospfRouteType',

  LsAttribute: 'node:LsAttributeNode link:LsAttributeLink prefix:LsAttributePrefix peerSegment:hex',
  LsAttributeNode:
    'name:text flags:LsNodeFlags router:text router6:text area:hex opaque:hex sr:LsSrCapabilities algorithms:hex srBlock:hex',
  LsNodeFlags: 'overload:bool attached:bool external:bool abr:bool router:bool v6:bool',
  LsSrCapabilities: 'ipv4:bool ipv6:bool ranges:LsSrRange[]',
  LsSrRange: 'begin end',
  LsAttributeLink:
    'name:text local:text local6:text remote:text remote6:text adminGroup teMetric igpMetric opaque:hex bandwidth:float ' +
    'reservable:float unreserved:floats adjacencySid srlgs:numbers',
  LsAttributePrefix: 'igpFlags:LsIGPFlags opaque:hex prefixSid',
  LsIGPFlags: 'down:bool noUnicast:bool localAddress:bool propagateNssa:bool',

  SRPolicyNLRI: 'length distinguisher color endpoint:hex',
  TunnelEncapAttribute: 'tunnels:TunnelEncapTLV[]',
  TunnelEncapTLV: 'type parts:any[]',
  TunnelEncapSubTLVSRPreference: 'flags preference',
  TunnelEncapSubTLVSRPriority: 'priority',
  TunnelEncapSubTLVSRBindingSID: 'sid:any',
  TunnelEncapSubTLVSRENLP: 'flags enlp',
  TunnelEncapSubTLVSRSegmentList: 'weight:SRWeight segments:any[]',
  SRBindingSID: 'isSpecified:bool isDropped:bool sid:hex',
  SRWeight: 'flags weight',
  SegmentTypeA: 'flags:SegmentFlags label',
  SegmentTypeB: 'flags:SegmentFlags sid:hex behavior:SRv6EndPointBehavior',
  SegmentFlags: 'v:bool a:bool s:bool b:bool',
  TunnelEncapSubTLVUnknown: 'type value:hex',
  SRv6EndPointBehavior: 'behavior block node function argument',

  MUPInterworkSegmentDiscoveryRoute: 'rd:any prefix:text',
  MUPDirectSegmentDiscoveryRoute: 'rd:any address:text',
  MUPType1SessionTransformedRoute: 'rd:any prefixLength prefix:text teid qfi endpointLength endpoint:text',
  MUPType2SessionTransformedRoute: 'rd:any endpointLength endpoint:text teid',
  RouteDistinguisherTwoOctetASN: 'as number',

  ExtendedCommunitiesAttribute: 'communities:any[]',
  TwoOctetAsSpecificExtended: 'isTransitive:bool subType as number',
  IPv4AddressSpecificExtended: 'isTransitive:bool subType address:text number',
  MUPExtended: 'subType segment2 segment4',
};

interface Field {
  readonly name: string;
  readonly kind: string;
  readonly isList: boolean;
}

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  let last = 0;
  const rows = MESSAGES[message]!.split(' ').map((row) => {
    const [, number = String(last + 1), name, kind = 'number', list] = /^(?:(\d+)=)?(\w+)(?::(\w+))?(\[\])?$/.exec(
      row,
    )!;
    last = Number(number);
    return [last, { name: name!, kind, isList: list !== undefined }] as const;
  });
  return new Map(rows);
}

function readVarint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const octet = bytes[at++]!;
    value += (octet & 127) * scale;
    if (octet < 128) return [value, at];
  }
}

/** Fields in the encoding of Protocol Buffers: number, and a number or octets. */
function* readFields(bytes: Buffer): Generator<[number: number, value: number | Buffer]> {
  for (let at = 0; at < bytes.length; ) {
    const [key, start] = readVarint(bytes, at);
    const form = key & 7;
    const [size, from] = form === 5 ? [4, start] : readVarint(bytes, start);
    at = form === 0 ? from : from + size;
    yield [key >>> 3, form === 0 ? size : bytes.subarray(from, at)];
  }
}

function decode(message: string, bytes: Buffer): Message {
  const fields = fieldsOf(message);
  const decoded: Record<string, Value> = {};
  for (const [number, value] of readFields(bytes)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    const read = readValue(field.kind, value);
    decoded[field.name] = field.isList ? [...((decoded[field.name] as Value[]) ?? []), read] : read;
  }
  return decoded;
}

function readValue(kind: string, value: number | Buffer): Value {
  if (typeof value === 'number') return kind === 'bool' ? value === 1 : value;
  if (kind === 'text') return value.toString();
  if (kind === 'hex') return value.toString('hex');
  if (kind === 'float') return value.readFloatLE();
  if (kind === 'floats') return Array.from({ length: value.length / 4 }, (_, i) => value.readFloatLE(4 * i));
  if (kind === 'numbers') return readNumbers(value);
  return kind === 'any' ? readAny(value) : decode(kind, value);
}

function readNumbers(bytes: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [number, next] = readVarint(bytes, at);
    numbers.push(number);
    at = next;
  }
  return numbers;
}

/** Its type stands in it as `type.googleapis.com/apipb.NAME`; one that is not of the table is given as octets. */
function readAny(bytes: Buffer): Message {
  const fields = new Map(readFields(bytes));
  const is = String(fields.get(1)).replace(/^.*\./, '');
  const value = (fields.get(2) ?? Buffer.alloc(0)) as Buffer;
  return is in MESSAGES ? { is, ...decode(is, value) } : { is, octets: value.toString('hex') };
}

/** A path, decoded by GoBGP, and encoded again by it. */
export interface ApiPath {
  readonly nlri: Message;
  readonly attributes: readonly Message[];
  readonly nlriOctets: string;
  readonly attributeOctets: readonly string[];
}

/** What it has of a family: its names of the routes, and their paths. */
export async function apiTable(ns: Namespace, afi: number, safi: number): Promise<Record<string, readonly ApiPath[]>> {
  const family = [0x08, ...varint(afi), 0x10, ...varint(safi)];
  // The global table; octets of NLRI and attributes beside their fields.
  const request = [0x08, 0, 0x1a, family.length, ...family, 0x38, 1, 0x40, 1];
  const answers = await call(apiSocket(ns), 'ListPath', request);
  const destinations = answers.map((answer) => decode('ListPathResponse', answer).destination as Message);
  return Object.fromEntries(destinations.map(({ name, paths }) => [name, paths as unknown as readonly ApiPath[]]));
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** Calls a method of the API, and gives the messages of the answer. */
function call(path: string, method: string, request: readonly number[]): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2('http://localhost', { createConnection: () => connect(path) });
    const stream = session.request({
      ':method': 'POST',
      ':path': `/apipb.GobgpApi/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status: unknown;
    const note = (headers: Record<string, unknown>) => {
      status = headers['grpc-status'] === '0' ? 0 : (headers['grpc-message'] ?? headers['grpc-status'] ?? status);
    };
    const fail = (error: Error) => {
      session.destroy();
      reject(error);
    };
    session.on('error', fail);
    stream.on('error', fail);
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      session.close();
      if (status === 0) resolve(messagesOf(Buffer.concat(chunks)));
      else reject(new Error(`${method}: ${String(status)}`));
    });
    stream.end(Buffer.from([0, 0, 0, 0, request.length, ...request]));
  });
}

/** Each has 1 octet for compression and 4 for its length in front. */
function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return messages;
}
