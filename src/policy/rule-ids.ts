/**
 * Numbers of rules by their names (`policy/rule`), which stay over a reload: routes keep the number of the rule that
 * decided about them. A number is free again when the file has no such rule and no route has it.
 */
import type { PoliciesSpec } from '../spec/policy.ts';

/** Maximum number of rules: a number has 15 bits. */
export const MAX_RULES = 32_000;

/** In the number of a rule: it rejected the route. The numbers of rules are below. */
export const REJECTED = 0x8000;

/**
 * The result of an import as one number: the rule with REJECTED in the lower 16 bits, the weight above. Most routes have no
 * weight, and their result is the rule.
 */
export function outcomeOf(rule: number, weight: number): number {
  return weight === 0 ? rule : rule + weight * 0x1_0000;
}

export function ruleIn(outcome: number): number {
  return outcome & 0xffff;
}

export function weightIn(outcome: number): number {
  return outcome >>> 16;
}

/** What is known about a rule. */
export interface RuleInfo {
  /** `policy/rule`; `policy/default`, `accept` or `reject`. */
  readonly name: string;
  readonly because: string;
  /** `file:line`, or ''. */
  readonly place: string;
}

export class RuleIds {
  private readonly ids = new Map<string, number>();
  private readonly infos: (RuleInfo | undefined)[] = [undefined];
  /** Routes held whose import ended at each rule: accepted, and rejected. */
  readonly accepted = new Uint32Array(MAX_RULES + 1);
  readonly rejected = new Uint32Array(MAX_RULES + 1);
  /** Runs of exports that ended at each rule, since it has its number: one for each distinct case, not for each route. */
  readonly exportsAccepted = new Uint32Array(MAX_RULES + 1);
  readonly exportsRejected = new Uint32Array(MAX_RULES + 1);
  private readonly free: number[] = [];
  /** The rules of the file. */
  private known: ReadonlyMap<string, RuleInfo> = new Map();

  /** Takes over the places and reasons of a file; rules that it does not have are forgotten once no route has them. */
  describe(policies: PoliciesSpec): void {
    const named = new Map<string, RuleInfo>();
    for (const { name: policy, rules, place } of policies.values()) {
      for (const rule of rules) {
        const name = `${rule.policy}/${rule.name}`;
        named.set(name, { name, because: rule.because, place: rule.place });
      }
      named.set(`${policy}/default`, { name: `${policy}/default`, because: '', place });
    }
    for (const [name, id] of this.ids) {
      const info = named.get(name);
      if (info !== undefined) this.infos[id] = info;
      else if (this.accepted[id] === 0 && this.rejected[id] === 0) this.forget(name, id);
    }
    this.known = named;
  }

  /** The number of a rule. */
  idOf(name: string): number {
    const found = this.ids.get(name);
    if (found !== undefined) return found;
    // Beyond the maximum, which the checks of a file do not allow, rules share the last number.
    const id = this.free.pop() ?? Math.min(this.infos.length, MAX_RULES);
    this.ids.set(name, id);
    this.infos[id] = this.known.get(name) ?? { name, because: '', place: '' };
    return id;
  }

  /** Counts a route whose import ended at a rule, with `REJECTED`; 0: at none. */
  count(rule: number, by: 1 | -1): void {
    if (rule === 0) return;
    if (rule < REJECTED) this.accepted[rule] += by;
    else this.rejected[rule - REJECTED] += by;
  }

  /** Counts a run of an export that ended at a rule, with `REJECTED`. */
  countExport(rule: number): void {
    if (rule < REJECTED) this.exportsAccepted[rule]++;
    else this.exportsRejected[rule - REJECTED]++;
  }

  infoOf(id: number): RuleInfo | null {
    return this.infos[id] ?? null;
  }

  /** All rules with a number, by it. */
  *all(): Iterable<readonly [number, RuleInfo]> {
    for (const [id, info] of this.infos.entries()) if (info !== undefined) yield [id, info];
  }

  private forget(name: string, id: number): void {
    if (name === 'accept' || name === 'reject') return;
    this.ids.delete(name);
    this.infos[id] = undefined;
    this.exportsAccepted[id] = this.exportsRejected[id] = 0;
    this.free.push(id);
  }
}
