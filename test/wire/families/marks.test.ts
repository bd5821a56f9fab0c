/** What policies ask for in NLRI: the same parts, as numbers, that `fields` has for people. */
import { toColonHex } from '../../../src/wire/bytes.ts';
import { formatRd } from '../../../src/wire/families/parts/route-distinguisher.ts';
import { NlriParts } from '../../../src/wire/nlri-codec.ts';
import { NlriMarks } from '../../../src/wire/nlri-marks.ts';
import { CODECS, SAMPLES } from './samples.ts';

const number = (value: number, octets: number) =>
  Uint8Array.from({ length: octets }, (_, at) => Math.floor(value / 256 ** (octets - 1 - at)) % 256);

/** The marks as `fields` would have them. */
function asFields({ routeType, rdType, rdAdministrator, rdNumber, mac, vni, secondVni }: NlriMarks) {
  const widths = rdType === 0 ? ([2, 4] as const) : ([4, 2] as const);
  const rd = Uint8Array.of(...number(rdType, 2), ...number(rdAdministrator, widths[0]), ...number(rdNumber, widths[1]));
  return {
    ...(routeType < 0 ? {} : { 'route-type': routeType }),
    ...(rdType < 0 ? {} : { rd: formatRd(rd, 0) }),
    ...(mac < 0 ? {} : { mac: toColonHex(number(mac, 6), 0, 6) }),
    ...(vni < 0 ? {} : { vni: [vni, secondVni].filter((one) => one >= 0) }),
  };
}

test.each(SAMPLES.map((sample) => [`${sample.family} ${sample.text}`, sample] as const))(
  '%s: policies see what people see',
  (_name, { family, nlri }) => {
    const codec = CODECS[family]!;
    const bytes = Buffer.from(nlri, 'hex');
    const parts = new NlriParts();
    codec.read(bytes, 0, bytes.length, false, parts);
    const key = Uint8Array.of(1, 2, 3, ...parts.key.slice(0, parts.keyLength), 9);
    const payload = Uint8Array.of(7, ...parts.payload.slice(0, parts.payloadLength), 9);
    const marks = new NlriMarks();
    codec.mark?.(key, 3, key.length - 1, payload, 1, payload.length - 1, marks);
    const fields = codec.fields(key.slice(3, -1), payload.slice(1, -1));
    const asked = Object.entries(fields).filter(([name]) => ['route-type', 'rd', 'mac', 'vni'].includes(name));
    const known = codec.kinds !== undefined && codec.kinds.length > 0;
    expect(asFields(marks)).toEqual(known ? Object.fromEntries(asked) : {});
    const kind = codec.kinds?.find(({ type }) => type === (marks.routeType < 0 ? null : marks.routeType));
    for (const [name] of asked) if (kind !== undefined) expect(kind.has).toContain(name);
  },
);
