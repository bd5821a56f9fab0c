/** Which prefixes are installed in the kernel: a prefix list, matched per prefix without allocating. */
import type { InstallRule } from '../../spec/fib.ts';

export class InstallFilter {
  private readonly rules: readonly InstallRule[];

  constructor(rules: readonly InstallRule[]) {
    this.rules = rules;
  }

  /**
   * @param nlri a length in bits, then the octets of the address that the length needs
   * @param addressLength 4 or 16
   */
  accepts(nlri: Uint8Array, addressLength: number): boolean {
    for (const rule of this.rules) {
      if (rule.prefix.address.length === addressLength && meets(rule, nlri)) return rule.accept;
    }
    return false;
  }
}

function meets({ prefix, ge, le }: InstallRule, nlri: Uint8Array): boolean {
  const length = nlri[0];
  if (length < ge || length > le || length < prefix.length) return false;
  const whole = prefix.length >> 3;
  for (let i = 0; i < whole; i++) if (nlri[i + 1] !== prefix.address[i]) return false;
  const mask = (0xff00 >> (prefix.length & 7)) & 0xff;
  return mask === 0 || (nlri[whole + 1] & mask) === prefix.address[whole];
}
