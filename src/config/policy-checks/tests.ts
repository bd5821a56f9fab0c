/**
 * The tests of a file: a route, the policy or the group or peer whose chain it goes through, and the expected result.
 *
 *   tests ─► route, chain, session ─► result ─► differences from what is expected
 */

import { parseAs } from '../../lib/as-number.ts';
import { parseAddress, sameAddress } from '../../lib/ip.ts';
import type { Chain } from '../../policy/chain.ts';
import { Policies } from '../../policy/policies.ts';
import { describeRoute } from '../../policy/route/describe.ts';
import { NO_FACTS, type SessionFacts } from '../../policy/route/route.ts';
import { nameOf, runSample, type SampleRoute } from '../../policy/sample.ts';
import type { PoliciesSpec, SessionRole } from '../../spec/policy.ts';
import { formatCommunity, formatLargeCommunity } from '../../wire/attributes/communities.ts';
import { u32 } from '../../wire/bytes.ts';
import { formatExtendedCommunity } from '../../wire/communities/extended.ts';
import { chainSpec } from '../policy/chain-content.ts';
import { readPolicies } from '../policy/policies.ts';
import { isMapping, type Mapping, Reader, textOf } from '../policy/reader.ts';
import { exactCommunities, readSample } from '../policy/samples.ts';
import type { ReadText } from '../policy/sets.ts';
import type { Finding } from '../problems/findings.ts';
import type { Path } from '../problems/problems.ts';
import { groupSubject, peerSubject, type Subject, sideOf } from '../resolve/effective.ts';
import { domainOf } from '../schema/confederation.ts';
import type { Config } from '../schema/schema.ts';

const TEST_KEYS = ['name', 'policy', 'group', 'peer', 'to', 'from', 'route', 'given', 'expect'];
const SESSION_KEYS = ['address', 'local-address', 'group', 'role', 'client', 'labels'];
const EXPECT_KEYS = [
  'accepted-by',
  'rejected-by',
  'undecided',
  'weight',
  'local-pref',
  'med',
  'aigp',
  'origin',
  'as-path',
  'next-hop',
  'communities',
];

/** What the tests of a file came to. */
interface TestRun {
  readonly passed: number;
  /** Tests that failed, each with its differences. */
  readonly failures: readonly Finding[];
  /** Tests that cannot be run. */
  readonly errors: readonly Finding[];
}

/** Runs the tests of a configuration that `load` has accepted. */
export function runTests(config: Config, policies: PoliciesSpec, readText: ReadText): TestRun {
  const reader = new Reader();
  const runner = new Runner(config, policies, readText, reader);
  let passed = 0;
  const failures: Finding[] = [];
  for (const [at, test] of config.tests.entries()) {
    const path = ['tests', at];
    const before = reader.errors.length;
    const differences = runner.run(path, test);
    if (reader.errors.length > before) continue;
    if (differences.length === 0) passed++;
    else failures.push({ path, what: `the test fails: ${differences.join('; ')}`, expected: 'the result in `expect`' });
  }
  return { passed, failures, errors: reader.errors };
}

interface Session {
  readonly facts: SessionFacts;
  readonly address: Uint8Array;
  readonly selfAddress: Uint8Array;
}

class Runner {
  private readonly config: Config;
  private readonly policies: PoliciesSpec;
  private readonly readText: ReadText;
  private readonly reader: Reader;
  private readonly compiled = new Map<PoliciesSpec, Policies>();

  constructor(config: Config, policies: PoliciesSpec, readText: ReadText, reader: Reader) {
    this.config = config;
    this.policies = policies;
    this.readText = readText;
    this.reader = reader;
  }

  /** The differences from what a test expects; errors of the test are in the reader. */
  run(path: Path, test: unknown): string[] {
    const { reader } = this;
    const entries = new Map(reader.entries(path, test, 'test', TEST_KEYS) ?? []);
    const sample = readSample([...path, 'route'], entries.get('route') ?? null, reader);
    const expected = reader.entries([...path, 'expect'], entries.get('expect') ?? null, 'result', EXPECT_KEYS) ?? [];
    const specs = this.given([...path, 'given'], entries.get('given'));
    this.checkShape(path, entries);
    const subject = this.subjectOf(path, entries);
    if (subject === null || sample === null) return [];
    const isExport = entries.get('to') === true;
    const steps = this.stepsOf(path, entries, subject, isExport, specs);
    if (steps === null) return [];
    const own = isMapping(entries.get('peer')) ? (entries.get('peer') as Mapping) : {};
    const session = this.sessionOf([...path, 'peer'], own, subject);
    const source = isExport
      ? this.sessionOf([...path, 'from'], (entries.get('from') ?? {}) as Mapping, 'policy')
      : session;
    const chain = this.chain(specs, steps, session, isExport);
    return this.compare(path, new Map(expected), chain, sample, source, specs);
  }

  /** YAML 1.2 reads `yes` as a text, and a test without a result passes whatever the policy does. */
  private checkShape(path: Path, entries: ReadonlyMap<string, unknown>): void {
    const [to, expected] = [entries.get('to'), entries.get('expect')];
    if (to !== undefined && typeof to !== 'boolean') this.reader.wrong([...path, 'to'], to, 'boolean', 'true or false');
    if (isMapping(expected) && Object.keys(expected).length === 0) {
      this.reader.error([...path, 'expect'], 'the test expects nothing', `one or more of ${EXPECT_KEYS.join(', ')}`);
    }
  }

  /** The policies with the sets that a test gives. */
  private given(path: Path, value: unknown): PoliciesSpec {
    if (value === undefined) return this.policies;
    if (!isMapping(value)) {
      this.reader.wrong(path, value, 'section of sets', 'a mapping as in `sets`');
      return this.policies;
    }
    const sets: Record<string, unknown> = { ...this.config.sets };
    for (const [kind, own] of Object.entries(value)) sets[kind] = { ...(sets[kind] as object), ...(own as object) };
    const file = readPolicies({ sets, policies: this.config.policies }, this.readText);
    for (const { path: at, what, expected } of file.errors) {
      this.reader.error(at[0] === 'sets' ? [...path, ...at.slice(1)] : path, what, expected);
    }
    return file.policies;
  }

  private subjectOf(path: Path, entries: ReadonlyMap<string, unknown>): Subject | 'policy' | null {
    const { config, reader } = this;
    const peer = entries.get('peer');
    if (entries.has('policy')) return 'policy';
    if (entries.has('group')) {
      const name = textOf(entries.get('group'));
      if (name in config.groups) return groupSubject(config, name);
      reader.unknown([...path, 'group'], name, 'group', Object.keys(config.groups));
      return null;
    }
    if (typeof peer === 'string') {
      const address = parseAddress(peer);
      const at = config.peers.findIndex((one) => {
        const other = one.address === undefined ? null : parseAddress(one.address);
        return one.interface === peer || (address !== null && other !== null && sameAddress(address, other));
      });
      if (at >= 0) return peerSubject(config, config.peers[at]!, ['peers', at]);
      reader.error([...path, 'peer'], `there is no peer ${peer}`, 'the address of a peer of the file');
      return null;
    }
    reader.error(path, 'the test names no policy', '`policy`, `group`, or the address of a `peer`');
    return null;
  }

  private stepsOf(
    path: Path,
    entries: ReadonlyMap<string, unknown>,
    subject: Subject | 'policy',
    isExport: boolean,
    specs: PoliciesSpec,
  ): readonly string[] | null {
    if (subject === 'policy') {
      const name = textOf(entries.get('policy'));
      const policy = specs.get(name);
      if (policy === undefined) {
        this.reader.unknown([...path, 'policy'], name, 'policy', [...specs.keys()]);
        return null;
      }
      // A policy that leaves the decision to the next one is tested by itself.
      return policy.default === 'next' ? [name, 'accept'] : [name];
    }
    const setting = subject.get(isExport ? 'export' : 'import');
    if (setting !== null) return typeof setting === 'string' ? [setting] : setting;
    return [sideOf(subject.get('as'), domainOf(this.config.router)) === 'external' ? 'reject' : 'accept'];
  }

  private sessionOf(path: Path, own: Mapping, subject: Subject | 'policy'): Session {
    const entries = new Map(this.reader.entries(path, own, 'session', SESSION_KEYS) ?? []);
    const address = parseAddress(textOf(entries.get('address') ?? '192.0.2.1')) ?? Uint8Array.of(192, 0, 2, 1);
    const ownAddress = parseAddress(textOf(entries.get('local-address') ?? this.config.router.id));
    const inherited = subject === 'policy' ? NO_FACTS : this.factsOf(subject);
    const labels = isMapping(entries.get('labels')) ? (entries.get('labels') as Record<string, unknown>) : {};
    const facts: SessionFacts = {
      name: textOf(entries.get('address') ?? inherited.name),
      group: textOf(entries.get('group') ?? inherited.group),
      labels: { ...inherited.labels, ...texts(labels) },
      role: (entries.get('role') as SessionRole | undefined) ?? inherited.role,
      client: (entries.get('client') as boolean | undefined) ?? inherited.client,
      session: address.length === 4 ? 'ipv4' : 'ipv6',
    };
    return { facts, address, selfAddress: ownAddress ?? address };
  }

  private factsOf(subject: Subject): SessionFacts {
    const side = sideOf(subject.get('as'), domainOf(this.config.router));
    const [section, name] = subject.path;
    const peer = section === 'peers' ? this.config.peers[Number(name)] : undefined;
    return {
      name: peer?.address ?? peer?.interface ?? '',
      group: section === 'groups' ? textOf(name) : (peer?.group ?? ''),
      labels: texts(subject.get('labels')),
      role: side === 'internal' ? 'ibgp' : side === 'confederation' ? 'confederation' : 'ebgp',
      client: side === 'internal' && subject.get('route-reflector-client'),
      session: 'ipv4',
    };
  }

  private chain(specs: PoliciesSpec, steps: readonly string[], session: Session, isExport: boolean): Chain {
    const policies = this.policiesOf(specs);
    return policies.chainFor(chainSpec(steps, specs), session.facts, {
      direction: isExport ? 'export' : 'import',
      as: parseAs(this.config.router.as)!,
      extendedNextHop: false,
      dropsMed: isExport && session.facts.role === 'ebgp',
      selfAddress: isExport ? session.selfAddress : null,
      nextHop: null,
    });
  }

  private policiesOf(specs: PoliciesSpec): Policies {
    const known = this.compiled.get(specs);
    if (known !== undefined) return known;
    const policies = new Policies();
    policies.adopt(specs, new Set());
    this.compiled.set(specs, policies);
    return policies;
  }

  private compare(
    path: Path,
    expected: ReadonlyMap<string, unknown>,
    chain: Chain,
    sample: SampleRoute,
    source: Session,
    specs: PoliciesSpec,
  ): string[] {
    const { rule, route } = runSample(chain, sample, source);
    const ruling = this.policiesOf(specs).rulingOf(rule);
    const by = ruling?.name ?? 'reject';
    const isUndecided = by === 'accept' && chain.names.at(-1) === 'accept' && expected.has('undecided');
    const verdict = isUndecided ? 'undecided' : ruling?.rejected === false ? 'accepted-by' : 'rejected-by';
    const facts = describeRoute(route);
    const found = `${nameOf(sample)} is ${verdict.replace('-by', '')}${isUndecided ? '' : ` by ${by}`}`;
    return [...expected].flatMap(([key, value]) => {
      if (key === 'undecided') return isUndecided === value ? [] : [found];
      if (key === 'accepted-by' || key === 'rejected-by') {
        const names = by === value || by.endsWith(`/${textOf(value)}`);
        return key === verdict && names ? [] : [`${found}, expected ${key.replace('-', ' ')} ${textOf(value)}`];
      }
      const [has, wants] = [valueIn(facts, key), this.wanted([...path, 'expect', key], key, value)];
      return has === wants ? [] : [`${key} is ${shown(has)}, expected ${shown(wants)}`];
    });
  }

  /** An expected value as a route shows it. */
  private wanted(path: Path, key: string, value: unknown): string {
    if (value === 'none') return '';
    if (key !== 'communities') return textOf(value).trim();
    const all = exactCommunities(path, value, this.reader).map(({ kind, octets }) => {
      const bytes = Uint8Array.from(octets);
      if (kind === 'standard') return formatCommunity(u32(bytes, 0));
      return kind === 'large' ? formatLargeCommunity(bytes, 0) : formatExtendedCommunity(bytes, 0);
    });
    return all.sort().join(' ');
  }
}

function texts(labels: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, textOf(value)]));
}

/** The communities of all kinds are one list. */
function valueIn(facts: ReadonlyMap<string, string>, key: string): string {
  if (key !== 'communities') return facts.get(key) ?? '';
  const kinds = ['communities', 'large-communities', 'extended-communities'];
  return kinds
    .flatMap((kind) => (facts.get(kind) ?? '').split(' '))
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}

function shown(value: string): string {
  return value === '' ? 'none' : `\`${value}\``;
}
