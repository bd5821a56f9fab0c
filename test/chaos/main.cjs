/**
 * `npm run chaos -- --minutes N`: faults of the machine, the network and the peers against a running daemon with real
 * clients and kernel routes, in namespaces of their own; needs root. Ends with 1 if a recovery takes too long.
 *
 *     --minutes N   how long (120)     --seed S   order and details of the faults (of the clock)
 *     --only WORDS  only faults with these words in their names, separated by commas
 *     --report FILE also writes the report as JSON
 */
const { writeFileSync } = require('node:fs');
const { parseArgs } = require('node:util');
const { loadTypeScript } = require('../lab/typescript.cjs');

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
    only: { type: 'string', default: '' },
    report: { type: 'string' },
  },
});

// The processes of the lab do not keep this one alive, not even until they have ended.
setInterval(() => {}, 1000);
loadTypeScript();
const { chaos, textOf } = require('./chaos.ts');
chaos({
  seconds: Number(values.minutes) * 60,
  seed: Number(values.seed),
  only: values.only.split(',').filter((word) => word !== ''),
  say: (line) => console.log(line),
  clients: ['bird', 'frr', 'gobgp'],
  speakers: 6,
  routes: 400,
  diskKiB: 64,
}).then((report) => {
  console.log(textOf(report));
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
  process.exit(report.failures.length === 0 ? 0 : 1);
});
