/**
 * `npm run soak -- --minutes N`: a daemon on loopback with many peers and routes under churn, flaps, reloads, scrapes and
 * shows. Ends with 1 if something grows, a session is lost, or a route is missing at the end.
 *
 *     --minutes N   how long (480)     --peers N  (100)     --routes N   in all (50000)
 *     --plot FILE   an SVG of the samples     --report FILE   all samples as JSON
 */
const { writeFileSync } = require('node:fs');
const { parseArgs } = require('node:util');
const { loadTypeScript } = require('../lab/typescript.cjs');

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '480' },
    peers: { type: 'string', default: '100' },
    routes: { type: 'string', default: '50000' },
    plot: { type: 'string' },
    report: { type: 'string' },
  },
});

// The processes of the lab do not keep this one alive, not even until they have ended.
setInterval(() => {}, 1000);
loadTypeScript();
const { soak } = require('./soak.ts');
const { plotOf } = require('./plot.ts');
const SOURCES = 10;
soak({
  seconds: Number(values.minutes) * 60,
  peers: Number(values.peers),
  sources: SOURCES,
  routes: Math.ceil(Number(values.routes) / SOURCES),
  sampleMs: 10_000,
  say: (line) => console.log(line),
}).then((report) => {
  if (values.plot !== undefined) writeFileSync(values.plot, plotOf(report));
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report)}\n`);
  console.log(JSON.stringify({ ...report, samples: report.samples.length }, null, 2));
  process.exit(report.failures.length === 0 ? 0 : 1);
});
