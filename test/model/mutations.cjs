/**
 * Faults that are put into the code on purpose, one at a time, to measure the model: each has to be found within a
 * bounded number of seeds. `npm run test:mutations [-- --only NAME]`.
 */
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

/** Maximum number of seeds that a fault may survive. */
const SEEDS = 400;

/** A fault: in the file of `src`, the text, which occurs once, becomes the other. */
const MUTATIONS = [
  {
    name: 'drop-withdrawal',
    words: 'a withdrawal is not sent to clients with one path of a prefix',
    file: 'reflect/advertise/advertised-best.ts',
    from: 'this.tags.withdraw(prefix, oldSource, 0, oldSet, changes);\n      return;',
    to: 'return;',
  },
  {
    name: 'drop-path-withdrawal',
    words: 'a withdrawal of one of several paths is not sent',
    file: 'reflect/advertise/advertised-paths.ts',
    from: 'if (changes !== null) this.tags.withdraw(',
    to: 'if (changes === undefined) this.tags.withdraw(',
  },
  {
    name: 'cluster-loop',
    words: 'a path with our cluster id in CLUSTER_LIST is used',
    file: 'rib/attributes/attributes.ts',
    from: 'if ((flags & FLAG.ownCluster) !== 0) return REASON.ownCluster;',
    to: '',
  },
  {
    name: 'reuse-identifier',
    words: 'a path gets an identifier that another one of the prefix has',
    file: 'reflect/advertise/advertised-paths.ts',
    from: 'const identifier = this.identifierFor(prefix, proposal);',
    to: 'const identifier = 7;',
  },
  {
    name: 'originator-echo',
    words: 'a path is sent to the router that originated it',
    file: 'reflect/advertise/exclusions.ts',
    from: 'return this.isInside && this.peers[source]?.ebgp === false ?',
    to: 'return this.none && this.peers[source]?.ebgp === false ?',
  },
  {
    name: 'source-echo',
    words: 'a withdrawal is owed to the new source of a path, and not sent',
    file: 'reflect/advertise/exclusions.ts',
    from: 'changes.withdrawFrom(prefix, source, identifier);',
    to: '',
  },
  {
    name: 'no-local-pref',
    words: 'LOCAL_PREF is not added to paths from another AS',
    file: 'reflect/encode/edits.ts',
    from: 'if (source.ebgp) edits.localPref = attributes.localPrefOf(set);',
    to: '',
  },
  {
    name: 'keep-stale',
    words: 'paths that are stale at End-of-RIB stay',
    file: 'engine/session/retention.ts',
    from: "this.expire(family, 'end-of-rib');",
    to: '',
  },
  {
    name: 'one-path-more',
    words: 'the maximum number of paths is exceeded by one',
    file: 'reflect/advertise/advertised-paths.ts',
    from: 'this.limit = Math.min(limit, MAX_PATHS);',
    to: 'this.limit = Math.min(limit + 1, MAX_PATHS);',
  },
  {
    name: 'no-end-of-rib',
    words: 'End-of-RIB of IPv6 is not sent',
    file: 'reflect/member.ts',
    from: 'fill(slice, this.group.marks.endOfRib);',
    to: 'if (this.group.rib.family === 1) return false;\n    fill(slice, this.group.marks.endOfRib);',
  },
  {
    name: 'wrong-next-hop',
    words: 'NEXT_HOP of IPv4 is our own address in place of the configured one, and unchanged elsewhere',
    file: 'reflect/encode/edits.ts',
    from: '} else if (key.nextHop !== null && key.nextHop.length === 4) {',
    to: '} else if (key.nextHop !== null && key.nextHop.length === 5) {',
  },
  {
    name: 'non-client-to-non-client',
    words: 'a path of a non-client is sent to non-clients',
    file: 'reflect/advertise/eligibility.ts',
    from: "return key.role === 'client' ? HELD_BACK.no : HELD_BACK.nonClient;",
    to: 'return HELD_BACK.no;',
  },
  {
    name: 'no-cluster-of-receiver',
    words: 'CLUSTER_LIST lacks the cluster of the receiver',
    file: 'reflect/encode/edits.ts',
    from: 'if (second !== null) edits.prependCluster2 = second;',
    to: '',
  },
  {
    name: 'med-of-all',
    words: 'MED is compared between paths of different neighbor AS',
    file: 'rib/paths/decision.ts',
    from: 'while (same < count && attributes.neighborAsOf(this.setOf(same)) === neighbor) same++;',
    to: 'while (same < count) same++;',
  },
  {
    name: 'forget-unread',
    words: 'a slow client is not sent what it had not read',
    file: 'reflect/member.ts',
    from: 'this.owed = unread;',
    to: 'this.owed = new BitSet();',
  },
  {
    name: 'no-begin-of-refresh',
    words: 'BoRR is not sent in front of an empty table',
    file: 'reflect/member.ts',
    from: 'if (this.takeMark(slice)) return true;\n      if (this.takeEndOfRib',
    to: 'if (this.takeEndOfRib',
  },
  {
    name: 'refresh-without-unwritten',
    words: 'a refresh lacks what is being written when it is requested',
    file: 'reflect/member.ts',
    from: 'this.group.sharedSnapshot(this.sentTo)',
    to: 'this.group.sharedSnapshot(this.place.position)',
  },
  {
    name: 'drain-without-preference',
    words: 'while drained, LOCAL_PREF is sent unchanged',
    file: 'reflect/encode/edits.ts',
    from: "if (key.draining && key.role !== 'ebgp') edits.localPref = 0;",
    to: '',
  },
  {
    name: 'no-limit',
    words: 'the maximum of received prefixes does not count',
    file: 'engine/limits/gauge.ts',
    from: 'count > limit ||',
    to: 'count > limit + 2 ||',
  },
  {
    name: 'swap-slices',
    words: 'behind a run that is not for a client, it is sent that one in place of the next',
    file: 'reflect/encode/gather.ts',
    from: 'copyBytes(chunk.bytes, runStart, Math.min(runs[r], stop), copy, at)',
    to: 'copyBytes(chunk.bytes, start + at, start + at + Math.min(runs[r], stop) - runStart, copy, at)',
  },
];

/** The source of a file with the fault in it. */
function mutated({ file, from, to }, path, source) {
  if (!path.endsWith(join('src', file))) return source;
  if (source.split(from).length !== 2) throw new Error(`${file}: the text of the fault occurs not once: ${from}`);
  return source.replace(from, () => to);
}

module.exports = { MUTATIONS, mutated };
if (require.main === module) {
  const [option, only] = process.argv.slice(2);
  const chosen = option === '--only' ? MUTATIONS.filter(({ name }) => name === only) : MUTATIONS;
  let survivors = 0;
  for (const { name, words } of chosen) {
    const run = ['--mutation', name, '--seeds', String(SEEDS), '--failures', '1'];
    const { stdout, status } = spawnSync(process.execPath, [join(__dirname, 'main.cjs'), ...run], { encoding: 'utf8' });
    const found = /^seed (\d+): (.*)$/m.exec(stdout);
    if (status !== 1 || found === null) survivors++;
    console.log(`${name}: ${words}\n  ${found === null ? 'NOT FOUND' : `seed ${found[1]}: ${found[2].slice(0, 110)}`}`);
  }
  console.log(`${chosen.length - survivors} of ${chosen.length} found, each within ${SEEDS} seeds`);
  process.exit(survivors === 0 && chosen.length > 0 ? 0 : 1);
}
