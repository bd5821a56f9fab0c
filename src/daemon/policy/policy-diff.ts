/** `policy diff`: what another configuration would change for the routes in the tables, without applying it. */
import { diffSteps } from '../../config/reload/diff.ts';
import type { PolicyDiffView } from '../../engine/api/diff-views.ts';
import type { Engine } from '../../engine/engine.ts';
import { diffPolicies } from '../../engine/trial/policy-diff.ts';
import { peerName } from '../../spec/peer-name.ts';
import { guardOf } from '../reload/guarded.ts';
import { inSlices, resultOf } from '../reload/in-slices.ts';
import { readOther } from '../reload/read-other.ts';
import { withoutRestart } from '../reload/reconfigure.ts';

/** Routes listed for each peer and each group, unless all are. */
const LISTED = 10;
/** Progress is reported after this time, and then as often. */
const PROGRESS_MS = 1000;

interface Asked {
  /** Absolute path of the file. */
  readonly file: string;
  /** Lists all routes that differ. */
  readonly all?: boolean;
  readonly progress?: boolean;
}

/**
 * @throws CommandError if the file cannot be used. Its errors are only counted: the caller may not be allowed to read
 *   what the daemon may read.
 */
export async function* policyDiff(engine: Engine, asked: Asked): AsyncGenerator<PolicyDiffView> {
  const spec = withoutRestart(engine.spec, (await readOther(engine, asked.file)).spec);
  const startMs = engine.clock.nowMs();
  let reported = startMs;
  const { changed } = (await resultOf(diffSteps(engine.spec, spec))).peers;
  const resets = new Set(changed.filter(({ how }) => how === 'reset').map((one) => peerName(one.spec)));
  const listed = asked.all === true ? Number.POSITIVE_INFINITY : LISTED;
  for await (const item of inSlices(
    diffPolicies(engine, spec, { resets, listed, watch: guardOf(engine.spec, spec) }),
  )) {
    if (item.kind !== 'progress') {
      yield item;
    } else if (asked.progress === true && engine.clock.nowMs() - reported >= PROGRESS_MS) {
      reported = engine.clock.nowMs();
      yield item;
    }
  }
}
