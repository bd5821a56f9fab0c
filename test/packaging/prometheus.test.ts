/** The alerts and the dashboard: promtool takes and runs the rules, and both name metrics and labels that there are. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderMetricsReference } from '../../src/io/metrics/reference.ts';
import { daemon } from '../lab/daemons.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeWithDaemons } from '../lab/requirements.ts';

const RULES = join(REPOSITORY, 'config/prometheus-rules.yaml');
const DASHBOARD = join(REPOSITORY, 'config/grafana-dashboard.json');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Every metric that there is, with its labels. */
const metrics = new Map(
  [...renderMetricsReference().matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)].map(([, name, type, labels]) => [
    name!,
    { type: type!, labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!) },
  ]),
);

/** Our metrics in an expression, as they are in the catalogue: a histogram's series by the name of the histogram. */
function metricsOf(expr: string): string[] {
  return [...expr.matchAll(/\breflectord_\w+/g)].map(([name]) =>
    metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
  );
}

test('the alerts name metrics that there are, and say what is wrong and what to do', () => {
  expect(rules.length).toBeGreaterThan(10);
  for (const { alert, expr, labels, annotations } of rules) {
    expect([alert, metricsOf(expr).filter((name) => !metrics.has(name))]).toEqual([alert, []]);
    expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(warning|critical)$/)]);
    expect(annotations.summary.length).toBeGreaterThan(20);
    expect(annotations.description.length).toBeGreaterThan(40);
  }
});

test('the dashboard names metrics that there are, and labels that they have', () => {
  const variables = dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query));
  const all = [...queries, ...variables];
  expect(queries.length).toBeGreaterThan(20);
  for (const query of all) {
    expect([query, metricsOf(query).filter((name) => !metrics.has(name))]).toEqual([query, []]);
    for (const [, name, matchers] of query.matchAll(/\b(reflectord_\w+)\{([^}]*)\}/g)) {
      const labels = ['job', 'instance', ...(metrics.get(metricsOf(name!)[0]!)?.labels ?? [])];
      const used = [...matchers!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
      expect([query, used.filter((label) => !labels.includes(label))]).toEqual([query, []]);
    }
  }
  // And metrics of Node.js, which prom-client names.
  const others = all.flatMap((query) => query.match(/\b(?:process|nodejs)_\w+/g) ?? []);
  for (const name of others) expect(name).toMatch(/^(process_cpu_seconds_total|process_resident_memory_bytes)$/);
});

test('the rates of the dashboard are those of counters', () => {
  for (const query of queries) {
    for (const [, name] of query.matchAll(/\b(?:rate|increase|irate)\((reflectord_\w+)/g)) {
      const type = metrics.get(metricsOf(name!)[0]!)!.type;
      expect([name, type]).toEqual([name, expect.stringMatching(/^(counter|histogram)$/)]);
    }
  }
});

test('the panels of the dashboard have titles of their own, and do not lie on each other', () => {
  const titles = dashboard.panels.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, x < 24 && !taken.has(`${x} ${y}`)]).toEqual([title, true]);
        taken.add(`${x} ${y}`);
      }
    }
  }
});

describeWithDaemons(['prometheus'], 'promtool', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflectord-rules-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function promtool(...args: string[]): { status: number | null; output: string } {
    const { program, env } = daemon('prometheus');
    const { status, stdout, stderr } = spawnSync(program('usr/bin/promtool'), args, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  test('check rules finds no mistake', () => {
    const { status, output } = promtool('check', 'rules', RULES);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining(`${rules.length} rules found`) });
  });

  test('check rules takes the queries of the dashboard', () => {
    const variables = { $__rate_interval: '5m', $instance: '.*', $peer: '.*', $family: '.*', $job: '.*' };
    const plain = (query: string) =>
      Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(name, value), query);
    const recorded = queries.map((expr, i) => ({ record: `query:${i}`, expr: plain(expr) }));
    const path = join(folder, 'queries.yaml');
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    expect(promtool('check', 'rules', path)).toMatchObject({ status: 0 });
  });

  /** Each alert with series on which it fires for one, and stays silent for the other; minutes after the start. */
  const CASES: Readonly<Record<string, Case>> = {
    ReflectordDown: { at: 10, fires: { up: '1x5 0x20' }, silent: { up: '1x30' }, labels: { job: 'reflectord' } },
    ReflectordPeerDown: {
      at: 15,
      fires: { reflectord_peer_up: '1x5 0x20' },
      silent: { reflectord_peer_up: '1x8 0x3 1x20' },
      labels: { peer: '10.99.0.2' },
    },
    ReflectordManyPeersDown: {
      at: 10,
      fires: { 'reflectord_peers{state="Established"}': '7x30', 'reflectord_peers{state="Active"}': '1x5 3x20' },
      silent: { 'reflectord_peers{state="Established"}': '9x30', 'reflectord_peers{state="Active"}': '1x30' },
    },
    ReflectordPeerFlapping: {
      at: 20,
      fires: { reflectord_peer_dropped_total: '0x5 1+1x20' },
      silent: { reflectord_peer_dropped_total: '0x10 1x20' },
      labels: { peer: '10.99.0.2' },
    },
    ReflectordPrefixDrop: {
      at: 40,
      fires: { reflectord_prefixes: '1000x35 600x20' },
      silent: { reflectord_prefixes: '1000x35 900x20' },
      labels: { family: 'ipv4-unicast' },
    },
    ReflectordPeerPrefixDrop: {
      at: 45,
      fires: { reflectord_peer_prefixes_received: '100x35 20x20', reflectord_peer_up: '1x60' },
      // What is gone with the session is another alert's.
      silent: { reflectord_peer_prefixes_received: '100x35 0x20', reflectord_peer_up: '1x35 0x20' },
      labels: { family: 'ipv4-unicast', peer: '10.99.0.2' },
    },
    ReflectordKernelFailure: {
      at: 10,
      fires: { reflectord_fib_failed: '0x5 2x20', reflectord_fib_conflicts: '0x30' },
      silent: { reflectord_fib_failed: '0x5 1 0x20', reflectord_fib_conflicts: '0x30' },
      labels: { family: 'ipv4-unicast' },
    },
    ReflectordKernelUnreachable: {
      at: 10,
      fires: { reflectord_fib_up: '1x5 0x20' },
      silent: { reflectord_fib_up: '1x30' },
    },
    ReflectordKernelBehind: {
      at: 20,
      fires: { reflectord_fib_pending: '5x30' },
      silent: { reflectord_fib_pending: '5x15 0x2 5x10' },
      labels: { family: 'ipv4-unicast' },
    },
    ReflectordSlowPeer: {
      at: 10,
      fires: { reflectord_peer_slow: '0x5 1x20' },
      silent: { reflectord_peer_slow: '0x30', reflectord_peer_lag_bytes: '1000000x30' },
      labels: { peer: '10.99.0.2', family: 'ipv4-unicast' },
    },
    ReflectordMaxPrefixNear: {
      at: 10,
      fires: { reflectord_peer_prefixes_received: '95x30', reflectord_peer_prefix_limit: '100x30' },
      silent: { reflectord_peer_prefixes_received: '80x30', reflectord_peer_prefix_limit: '100x30' },
      labels: { peer: '10.99.0.2', family: 'ipv4-unicast' },
    },
    ReflectordMaxPrefixReached: {
      at: 10,
      fires: { reflectord_peer_held_down: '1x30' },
      silent: { reflectord_peer_held_down: '0x30' },
      labels: { peer: '10.99.0.2' },
    },
    ReflectordRejectsRising: {
      at: 30,
      fires: { reflectord_peer_prefixes_received: '100x60', reflectord_peer_prefixes_accepted: '100x20 50x40' },
      // Many that are not used, as ever.
      silent: { reflectord_peer_prefixes_received: '100x60', reflectord_peer_prefixes_accepted: '50x60' },
      labels: { peer: '10.99.0.2', family: 'ipv4-unicast' },
    },
    ReflectordMalformedUpdates: {
      at: 10,
      fires: { reflectord_peer_malformed_updates_total: '0x5 1x20' },
      silent: { reflectord_peer_malformed_updates_total: '3x30' },
      labels: { peer: '10.99.0.2' },
    },
    ReflectordConnectionsRefused: {
      at: 20,
      fires: { reflectord_connections_refused_total: '0+4x30' },
      silent: { reflectord_connections_refused_total: '0x10 3x30' },
      labels: { reason: 'no-peer' },
    },
    ReflectordConfigurationStale: {
      at: 15,
      fires: { reflectord_config_last_load_success: '1x5 0x20' },
      silent: { reflectord_config_last_load_success: '1x8 0x2 1x20' },
    },
    ReflectordStalled: {
      at: 10,
      fires: { 'reflectord_event_loop_delay_seconds{statistic="max"}': '0x5 2x20' },
      silent: { 'reflectord_event_loop_delay_seconds{statistic="max"}': '0.1x30' },
    },
  };

  interface Case {
    /** Minutes after the start, when it fires. */
    readonly at: number;
    /** Values per series, one a minute. */
    readonly fires: Readonly<Record<string, string>>;
    readonly silent: Readonly<Record<string, string>>;
    /** Labels that all of the series have. */
    readonly labels?: Readonly<Record<string, string>>;
  }

  /** Runs the rules over the series; `promtool test rules` prints what fires where nothing was expected. */
  function firing({ at, labels = {} }: Case, values: Readonly<Record<string, string>>, alert: string): string {
    const common = Object.entries({ instance: 'rr1', job: 'reflectord', ...labels }).map(([k, v]) => `${k}="${v}"`);
    const series = Object.entries(values).map(([name, value]) => {
      const [, metric, own] = /^(\w+)(?:\{(.*)\})?$/.exec(name)!;
      return { series: `${metric}{${[...common, ...(own === undefined ? [] : [own])].join(',')}}`, values: value };
    });
    const tests = [
      {
        interval: '1m',
        input_series: series,
        alert_rule_test: [{ eval_time: `${at}m`, alertname: alert, exp_alerts: [] }],
      },
    ];
    const path = join(folder, 'test.yaml');
    writeFileSync(path, JSON.stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
    const { status, output } = promtool('test', 'rules', path);
    if (status === 0) return '';
    expect(output).toContain('FAILED');
    return output;
  }

  test('every alert has a case', () => {
    expect(Object.keys(CASES).sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  test.each(Object.keys(CASES))(
    '%s fires where it should, with whole sentences, and not where it should not',
    (alert) => {
      const one = CASES[alert]!;
      const output = firing(one, one.fires, alert);
      expect(output).toContain(`alertname="${alert}"`);
      // A template that finds nothing leaves its mark.
      expect(output).not.toMatch(/<no value>|error expanding|<error/);
      for (const value of Object.values(one.labels ?? {})) expect(output).toContain(value);
      expect(firing(one, one.silent, alert)).toBe('');
    },
  );

  test('a peer that is down is named with its description and group', () => {
    const output = firing(
      { at: 15, fires: {}, silent: {}, labels: { peer: '10.99.0.2' } },
      {
        reflectord_peer_up: '0x30',
        'reflectord_peer_info{group="hosts",description="node 7",as="64512",role="client"}': '1x30',
      },
      'ReflectordPeerDown',
    );
    expect(output).toContain('No session with 10.99.0.2 node 7 on rr1');
    expect(output).toContain('group="hosts"');
    expect(output.match(/alertname="ReflectordPeerDown"/g)).toHaveLength(1);
  });
});
