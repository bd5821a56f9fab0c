/**
 * `npm run test:model -- --seeds N --from S`: runs seeds of the model, and ends with 1 if one fails.
 *
 *     --seeds N        number of seeds (1000)     --from S    first one (1)
 *     --failures N     stops after so many (5)    --mutation NAME   with a fault of mutations.cjs in the code
 *     --script FILE    runs a script of JSON (topology and events) instead
 */
const { readFileSync } = require('node:fs');
const { parseArgs } = require('node:util');
const { loadTypeScript } = require('../lab/typescript.cjs');
const { MUTATIONS, mutated } = require('./mutations.cjs');

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    failures: { type: 'string', default: '5' },
    mutation: { type: 'string' },
    script: { type: 'string' },
  },
});
const mutation = values.mutation === undefined ? null : MUTATIONS.find(({ name }) => name === values.mutation);
if (mutation === undefined) throw new Error(`no mutation ${values.mutation}`);

loadTypeScript((file, source) => (mutation === null ? source : mutated(mutation, file, source)));
const { failureOf, failureOfSeed, scriptOf } = require('./run.ts');
if (values.script !== undefined) {
  const failure = failureOf(JSON.parse(readFileSync(values.script, 'utf8')));
  console.log(failure ?? 'passes');
  process.exit(failure === null ? 0 : 1);
}
const cpu = process.cpuUsage();
const from = Number(values.from);
let failures = 0;
let seed = from;
for (; seed < from + Number(values.seeds) && failures < Number(values.failures); seed++) {
  // That a fault of ours is found is enough: its script is not shrunk.
  const plain = mutation === null ? null : failureOf(scriptOf(seed));
  const failure = mutation === null ? failureOfSeed(seed) : plain && `seed ${seed}: ${plain}`;
  if (failure === null) continue;
  failures++;
  console.log(`${failure}\n`);
}
const { user, system } = process.cpuUsage(cpu);
console.log(`${seed - from} seeds from ${from} in ${((user + system) / 1e6).toFixed(1)} s of CPU: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
