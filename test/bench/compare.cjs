/**
 * `npm run bench`: reflectord and other daemons under the same loads, in turn, with a verdict per row.
 *
 *     --quick            smaller loads, one round          --rounds N       rounds, of which medians are taken (5)
 *     --loads a,b        only these loads                  --daemons a,b    reflectord, bird2, frr, openbgpd, gobgp
 *     --build NAME=DIR   another built checkout as well    --out DIR        results.json and results.svg (.cache/bench)
 *     --curves           instead: how CPU time and memory of reflectord grow with paths and clients
 *     --against FILE     results to compare with (default: the last ones in the folder of --out)
 *     --tolerance PERCENT  how much slower than those a row may be (15)
 *
 * Needs root, a C compiler and iproute2; installs nothing but the libraries of the daemons (peers.sh).
 * Exit code: 0, or 1 if a load failed or a row is slower than before, 2 for wrong options.
 */
const { loadTypeScript } = require('../lab/typescript.cjs');

loadTypeScript();
const { compare } = require('./compare/compare.ts');
process.exitCode = compare(process.argv.slice(2));
