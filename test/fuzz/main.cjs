/**
 * `npm run fuzz -- --minutes N`: hostile sessions over TCP against a running daemon; ends with 1 if a fault is found.
 *
 *     --minutes N   how long (10)              --seed S     the first session (of the clock)
 *     --batch N     sessions between two rests (1000)       --at-once N   sessions at the same time (6)
 *     --faults N    stops after so many (3)    --replay FILE   runs a seed in the simulation instead
 */
const { readFileSync } = require('node:fs');
const { parseArgs } = require('node:util');
const { loadTypeScript } = require('../lab/typescript.cjs');

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000) % 1_000_000_000) },
    batch: { type: 'string', default: '1000' },
    'at-once': { type: 'string', default: '6' },
    faults: { type: 'string', default: '3' },
    replay: { type: 'string' },
  },
});

// The processes of the lab do not keep this one alive, not even until they have ended.
setInterval(() => {}, 1000);
loadTypeScript();
if (values.replay !== undefined) {
  const { failureOf } = require('./simulation.ts');
  const failure = failureOf(JSON.parse(readFileSync(values.replay, 'utf8')).sessions);
  console.log(failure ?? 'passes');
  process.exit(failure === null ? 0 : 1);
}
const { fuzz } = require('./fuzz.ts');
fuzz({
  seconds: Number(values.minutes) * 60,
  seed: Number(values.seed),
  batch: Number(values.batch),
  atOnce: Number(values['at-once']),
  faults: Number(values.faults),
  say: (line) => console.log(line),
}).then((report) => {
  console.log(JSON.stringify(report, null, 2));
  process.exit(report.faults.length === 0 ? 0 : 1);
});
