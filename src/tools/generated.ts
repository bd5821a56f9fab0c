/** The files of the repository that are made from its source, one row each. */
import { renderJsonSchema } from '../config/json-schema.ts';
import { renderConfigReference } from '../config/reference.ts';
import { renderHealthReference } from '../engine/health.ts';
import { renderObservabilityPage } from '../io/metrics/reference.ts';

export interface GeneratedFile {
  /** Below the root of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedFile[] = [
  { path: 'config/schema.json', render: renderJsonSchema },
  { path: 'docs/CONFIG.md', render: renderConfigReference },
  { path: 'docs/HEALTH.md', render: renderHealthReference },
  { path: 'docs/METRICS.md', render: renderObservabilityPage },
];
