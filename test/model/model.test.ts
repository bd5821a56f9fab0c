/** Random runs against the model. `npm run test:model -- --seeds N --from S` runs more of them. */
import { runs } from '../lab/effort.ts';
import { failureOfSeed } from './run.ts';

const SEEDS = Number(process.env.MODEL_SEEDS ?? runs(200));
const FROM = Number(process.env.MODEL_FROM ?? 1);

test('every client is sent what the RFCs say, and holds it at rest', () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) expect(failureOfSeed(seed)).toBeNull();
}, 600_000);
