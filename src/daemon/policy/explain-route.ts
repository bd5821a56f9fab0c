/** `explain --route`: what the policies would do to a route that no peer has sent. */
import { CommandError } from '../../engine/api/commands.ts';
import type { ExplainedPathView, ExplainView } from '../../engine/api/explain-views.ts';
import type { TraceView } from '../../engine/api/policy-views.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { rulingWords, Trace, traceView } from '../../engine/show/policy.ts';
import type { Route } from '../../policy/route/route.ts';
import { exportSample, nameOf, runSample } from '../../policy/sample.ts';
import { readRoute, sourceOf, subjectOfPeer } from './policy-subjects.ts';

/**
 * A row for the route as it is learned from one peer and advertised to another.
 * @param route its attributes, in the notation of tests
 * @param from the peer that it comes from
 * @param to the peer that it goes to; null: only its import is explained
 * @throws CommandError if the route cannot be read
 */
export function explainRoute(engine: Engine, prefix: string, route: string, from: Peer, to: Peer | null): ExplainView {
  const { rib } = engine;
  const sample = readRoute(withPrefix(prefix, route));
  const imports = subjectOfPeer(engine, from, false);
  const traces: Trace[] = [];
  const tracerOf = (of: Route) => {
    const trace = new Trace(rib, of);
    traces.push(trace);
    return trace;
  };
  const source = sourceOf(engine, imports, sample);
  const done = runSample(imports.chain, sample, source, tracerOf);
  const imported = traceView(rib, done.rule, traces[0]!);
  let exported: TraceView | null = null;
  if (!imported.rejected && to !== null) {
    const { chain } = subjectOfPeer(engine, to, true);
    exported = traceView(rib, exportSample(chain, done.route, source, tracerOf), traces[1]!);
  }
  const why = whyNot(imported, exported, to);
  const advertised = why === null;
  const path: ExplainedPathView = { from: from.name, pathId: 0, advertised, why, imported, exported };
  return {
    ...{ peer: to?.name ?? '-', group: to?.spec.group ?? '', advertised, bestFrom: from.name, why, maxPaths: 1 },
    ...{ pathCount: 1, advertisedPaths: advertised ? 1 : 0, reasons: [], paths: [path] },
    ...{ pathsLeftOut: 0, continues: false },
  };
}

function whyNot(imported: TraceView, exported: TraceView | null, to: Peer | null): string | null {
  if (imported.rejected) return `import: ${rulingWords(imported)}`;
  if (exported?.rejected) return `export: ${rulingWords(exported)}`;
  return to === null ? `import: ${rulingWords(imported)}; \`--peer\` also explains the export` : null;
}

/** The prefix may be in both places, if it is the same; a route with a `family` is the NLRI of that family. */
function withPrefix(prefix: string, route: string): string {
  const inner = route.trim().replace(/^\{(.*)\}$/s, '$1');
  const key = /(^|[\s,])family:/.test(inner) && !/(^|[\s,])family:\s*ipv[46]-unicast/.test(inner) ? 'nlri' : 'prefix';
  const whole = /(^|[\s,])(prefix|nlri):/.test(inner) ? inner : `${key}: ${JSON.stringify(prefix)}, ${inner}`;
  const named = nameOf(readRoute(whole));
  if (named !== prefix) throw new CommandError(`the route has the prefix ${named}, not ${prefix}`);
  return whole;
}
