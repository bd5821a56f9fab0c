/** NLRI that are almost valid, for every codec. */
import fc from 'fast-check';
import { hex } from '../build.ts';
import { SAMPLES } from './samples.ts';

/** Valid NLRI with some octets changed, inserted or cut out, also behind the header. */
export function mutations(family: string): fc.Arbitrary<Uint8Array> {
  const valid = SAMPLES.filter((sample) => sample.family === family).map(({ nlri }) => hex(nlri));
  const change = fc.tuple(
    fc.nat(),
    fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 32, 48, 128, 255)),
    fc.constantFrom('set', 'set', 'bit', 'insert', 'remove'),
  );
  const changed = fc.tuple(fc.constantFrom(...valid), fc.array(change, { maxLength: 3 }), fc.boolean());
  const mutated = changed.map(([bytes, changes, fits]) => {
    const octets = [...bytes];
    for (const [where, value, how] of changes) {
      const at = where % (octets.length + 1);
      if (how === 'bit') octets[Math.min(at, octets.length - 1)] ^= 1 << (value & 7);
      else octets.splice(at, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [value]));
    }
    return Uint8Array.from(fits ? fitted(octets, bytes, family) : octets);
  });
  return fc.oneof(mutated, mutated, mutated, fc.uint8Array({ minLength: 1, maxLength: 60 }));
}

/** The same with a length in front that is right again, so that the change gets behind the header. */
function fitted(octets: number[], original: Uint8Array, family: string): number[] {
  const grown = octets.length - original.length;
  const at = LENGTH_AT[family] ?? 0;
  const perOctet = IN_BITS.test(family) ? 8 : 1;
  if (octets.length > at) octets[at] = (original[at] + grown * perOctet) & 0xff;
  return octets;
}

const IN_BITS = /prefix|labeled|^IPv. VPN|multicast|constrain|policy|bits/;
const LENGTH_AT: Readonly<Record<string, number>> = {
  EVPN: 1,
  MVPN: 1,
  'IPv4 MUP': 3,
  'IPv6 MUP': 3,
  'BGP-LS': 3,
  'BGP-LS VPN': 3,
  VPLS: 1,
  'type-length': 1,
};
