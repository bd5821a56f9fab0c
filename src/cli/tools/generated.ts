/** The generated files of the repository, one row each. */
import { renderJsonSchema } from '../../config/reference/json-schema.ts';
import { renderConfigReference } from '../../config/reference/reference.ts';
import { renderHealthReference } from '../../engine/api/health.ts';
import { renderObservabilityPage } from '../../io/metrics/reference.ts';
import { renderBash, renderFish, renderZsh } from './completion.ts';
import { renderCommandManual, renderConfigManual } from './manual.ts';

interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedFile[] = [
  { path: 'config/schema.json', render: renderJsonSchema },
  { path: 'docs/CONFIG.md', render: renderConfigReference },
  { path: 'docs/HEALTH.md', render: renderHealthReference },
  { path: 'docs/METRICS.md', render: renderObservabilityPage },
  { path: 'packaging/completion/_reflectord', render: renderZsh },
  { path: 'packaging/completion/reflectord.bash', render: renderBash },
  { path: 'packaging/completion/reflectord.fish', render: renderFish },
  { path: 'packaging/man/reflectord.8', render: renderCommandManual },
  { path: 'packaging/man/reflectord.yaml.5', render: renderConfigManual },
];
