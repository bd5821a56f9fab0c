/**
 * Reads the policies of a file, with the chains of groups and peers:
 *
 *   sets ─► conditions and actions ─► rules ─ `use` inlined ─► policies ─► chains
 */
import { MAX_RULES } from '../../policy/rule-ids.ts';
import type { Outcome, PoliciesSpec, PolicySpec, PrefixSet, RuleSpec } from '../../spec/policy.ts';
import type { Finding } from '../problems/findings.ts';
import type { Path } from '../problems/problems.ts';
import { readActions } from './actions.ts';
import { prefixesOf, readCondition, type Scope } from './conditions.ts';
import { neverHolds } from './never.ts';
import { isMapping, Reader, textOf } from './reader.ts';
import { isName, NAME_EXPECTED, type ReadText, Sets } from './sets.ts';

/** The sections of a configuration that policies are read from. */
interface PolicySections {
  readonly sets?: unknown;
  readonly policies?: unknown;
  readonly guard?: { readonly 'golden-prefixes'?: readonly string[] | undefined } | undefined;
}

/** What a file says about policies. */
export interface PolicyFile {
  readonly policies: PoliciesSpec;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Files that sets were read from. */
  readonly files: readonly string[];
  /** Where each rule is written, by `policy/rule`. */
  readonly paths: ReadonlyMap<string, Path>;
  /** The golden prefixes of the guard; null: none. */
  readonly golden: PrefixSet | null;
  /** Policies that others use. */
  readonly used: ReadonlySet<string>;
}

const OUTCOMES = ['accept', 'reject', 'next'] as const;
const RULE_KEYS = ['name', 'if', 'set', 'then', 'because', 'use'];
const POLICY_KEYS = ['rules', 'default', 'description'];
const MAX_TEXT = 255;
const NEVER_EXPECTED =
  'another condition; only routes of IPv4 and IPv6 unicast have a `prefix` and a `length`, and only those of other families an `rd`, `route-type`, `vni` or `mac`';

/** A rule, or the name of a policy whose rules stand here. */
type Line = RuleSpec | { readonly use: string; readonly path: Path };

/**
 * Reads the sections.
 * @param placeOf `file:line` of a path
 */
export function readPolicies(
  sections: PolicySections,
  readText: ReadText,
  placeOf: (path: Path) => string = () => '',
): PolicyFile {
  const reader = new Reader();
  const sets = new Sets(reader, readText);
  if (sections.sets !== undefined) sets.read(sections.sets);
  const file = new PolicyReader(reader, sets, placeOf);
  if (sections.policies !== undefined) file.read(sections.policies);
  const listed = sections.guard?.['golden-prefixes'];
  const golden = listed === undefined ? null : prefixesOf(['guard', 'golden-prefixes'], listed, { reader, sets });
  sets.warnUnused();
  const { errors, warnings } = reader;
  const { policies, paths, used } = file;
  return { policies, golden, errors, warnings, files: [...sets.files], paths, used };
}

class PolicyReader {
  readonly policies = new Map<string, PolicySpec>();
  readonly paths = new Map<string, Path>();
  readonly used = new Set<string>();
  private readonly lines = new Map<string, readonly Line[]>();
  private readonly defaults = new Map<string, Outcome>();
  /** Policies that each one names, with the place. */
  private readonly references = new Map<string, { readonly name: string; readonly path: Path }[]>();
  private readonly reader: Reader;
  private readonly sets: Sets;
  private readonly placeOf: (path: Path) => string;
  private names: readonly string[] = [];
  private rules = 0;

  constructor(reader: Reader, sets: Sets, placeOf: (path: Path) => string) {
    this.reader = reader;
    this.sets = sets;
    this.placeOf = placeOf;
  }

  read(section: unknown): void {
    if (!isMapping(section)) {
      this.reader.wrong(['policies'], section, 'section of policies', 'a mapping of names to policies');
      return;
    }
    this.names = Object.keys(section);
    for (const [name, value] of Object.entries(section)) this.readPolicy(name, value);
    if (this.rules > MAX_RULES - 2) {
      this.reader.error(['policies'], `the file has ${this.rules} rules and defaults`, `at most ${MAX_RULES - 2}`);
    }
    for (const name of this.names) this.checkCircle(name);
    for (const name of this.names) this.checkReached(name);
    for (const name of this.names) this.policies.set(name, this.inlined(name));
  }

  private readPolicy(name: string, value: unknown): void {
    const path = ['policies', name];
    if (name === 'accept' || name === 'reject') {
      this.reader.error(
        path,
        `\`${name}\` cannot be the name of a policy: chains have it already`,
        'another name',
        null,
        'key',
      );
    } else if (!isName(name)) {
      this.reader.error(path, `\`${name}\` is not a valid name of a policy`, NAME_EXPECTED, null, 'key');
    }
    const entries = new Map(this.reader.entries(path, value, 'policy', POLICY_KEYS) ?? []);
    this.defaults.set(name, this.outcome([...path, 'default'], entries.get('default'), path, 'default'));
    const rules = entries.get('rules') ?? [];
    if (!Array.isArray(rules)) this.reader.wrong([...path, 'rules'], rules, 'list of rules', 'a list of rules');
    const list: unknown[] = Array.isArray(rules) ? rules : [];
    this.rules += list.length + 1;
    this.lines.set(
      name,
      list.flatMap((rule, at) => this.readRule(name, [...path, 'rules', at], rule) ?? []),
    );
    this.checkNames(name, path);
  }

  private outcome(path: Path, value: unknown, around: Path, key: string): Outcome {
    const found = OUTCOMES.find((word) => word === value);
    if (found !== undefined) return found;
    if (value === undefined) {
      this.reader.error(around, `\`${key}\` is missing`, 'accept, reject or next', null, 'key');
    } else this.reader.unknown(path, textOf(value), 'outcome', OUTCOMES);
    return 'reject';
  }

  private readRule(policy: string, path: Path, value: unknown): Line | null {
    const entries = this.reader.entries(path, value, 'rule', RULE_KEYS);
    if (entries === null) return null;
    const keys = new Map(entries);
    if (keys.has('use')) return this.readUse(policy, path, keys);
    const name = keys.get('name');
    if (typeof name !== 'string' || !isName(name) || name === 'default') {
      const what =
        name === undefined ? '`name` is missing in a rule' : `\`${textOf(name)}\` is not a valid name of a rule`;
      this.reader.error(name === undefined ? path : [...path, 'name'], what, NAME_EXPECTED);
    }
    const scope = this.scopeOf(policy, path);
    const before = this.reader.errors.length;
    const test = keys.has('if') ? readCondition([...path, 'if'], keys.get('if'), scope) : null;
    const actions = keys.has('set') ? readActions([...path, 'set'], keys.get('set'), scope) : [];
    const then = this.outcome([...path, 'then'], keys.get('then'), path, 'then');
    const because = keys.get('because') ?? '';
    if (typeof because !== 'string' || because.length > MAX_TEXT) {
      this.reader.wrong([...path, 'because'], because, 'reason', `a text of at most ${MAX_TEXT} characters`);
    }
    if (then === 'reject' && actions.length > 0) {
      this.reader.warn([...path, 'set'], 'no effect: the rule rejects the route', `\`then: accept\` or \`then: next\``);
    }
    const never = test === null || this.reader.errors.length > before ? null : neverHolds(test);
    if (never !== null) this.reader.error([...path, 'if'], `this condition never holds: ${never}`, NEVER_EXPECTED);
    this.paths.set(`${policy}/${textOf(name)}`, path);
    return { name: textOf(name), policy, test, actions, then, because: textOf(because), place: this.placeOf(path) };
  }

  private readUse(policy: string, path: Path, keys: ReadonlyMap<string, unknown>): Line | null {
    for (const key of keys.keys()) {
      if (key !== 'use') this.reader.error([...path, key], `\`${key}\` beside \`use\``, '`use` alone', null, 'key');
    }
    const name = textOf(keys.get('use'));
    if (!this.names.includes(name)) {
      this.reader.unknown([...path, 'use'], name, 'policy', this.names);
      return null;
    }
    this.refer(policy, name, [...path, 'use']);
    return { use: name, path };
  }

  private scopeOf(policy: string, path: Path): Scope {
    const { reader, sets, names } = this;
    return { reader, sets, policies: names, usePolicy: (name) => this.refer(policy, name, path) };
  }

  private refer(policy: string, name: string, path: Path): void {
    this.used.add(name);
    const known = this.references.get(policy);
    if (known === undefined) this.references.set(policy, [{ name, path }]);
    else known.push({ name, path });
  }

  private checkNames(policy: string, path: Path): void {
    const seen = new Set<string>();
    for (const [at, line] of (this.lines.get(policy) ?? []).entries()) {
      if ('use' in line) continue;
      if (seen.has(line.name)) {
        const what = `policy \`${policy}\` already has a rule \`${line.name}\``;
        this.reader.error([...path, 'rules', at, 'name'], what, 'a name that no other rule of the policy has');
      }
      seen.add(line.name);
    }
  }

  /** A rule behind one that decides every route. */
  private checkReached(policy: string): void {
    let last: string | null = null;
    for (const line of this.lines.get(policy) ?? []) {
      if (last !== null) {
        const what = `no route reaches this rule: \`${last}\` decides all of them`;
        const path = 'use' in line ? line.path : this.paths.get(`${policy}/${line.name}`)!;
        this.reader.error(path, what, `an \`if\` in \`${last}\`, or no rule behind it`);
        return;
      }
      last = this.deciding(line);
    }
  }

  /** The rule with which a line decides every route; null: it does not. */
  private deciding(line: Line): string | null {
    if (!('use' in line)) return line.test === null && line.then !== 'next' ? line.name : null;
    for (const inner of this.lines.get(line.use) ?? []) {
      const found = this.deciding(inner);
      if (found !== null) return 'use' in inner ? found : `${line.use}/${found}`;
    }
    return null;
  }

  /** `use` and `policy` may not lead back to a policy. */
  private checkCircle(name: string): void {
    const seen = new Set<string>();
    const open = [...(this.references.get(name) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.name === name) {
        const what = `policy \`${name}\` leads back to itself`;
        this.reader.error(this.references.get(name)![0]!.path, what, 'policies that do not use each other in a circle');
        this.lines.set(name, []);
        this.references.delete(name);
        return;
      }
      if (seen.has(next.name)) continue;
      seen.add(next.name);
      open.push(...(this.references.get(next.name) ?? []));
    }
  }

  private inlined(name: string): PolicySpec {
    const rules = [...this.rulesOf(name)];
    return {
      name,
      rules,
      default: this.defaults.get(name) ?? 'reject',
      place: this.placeOf(['policies', name, 'default']),
    };
  }

  private *rulesOf(name: string): Iterable<RuleSpec> {
    for (const line of this.lines.get(name) ?? []) {
      if ('use' in line) yield* this.rulesOf(line.use);
      else yield line;
    }
  }
}
