/** The commands that list routes: `show rib`, and the tables of a peer. */
import { FILTER_NAMES, readSearch } from '../config/policy/route-search.ts';
import { type CommandArguments, CommandError } from '../engine/api/commands.ts';
import { type Asked, type ControlRow, FAMILY, PEER, present, row } from './control-row.ts';
import { writePeer } from './pages/peer.ts';
import { writeAdvertised } from './pages/routes/advertised.ts';
import { type RibColumns, writeCounts, writeRib, writeRoute } from './pages/routes/rib.ts';

const WHAT = {
  usage: '[what...]',
  help:
    `a family such as evpn, a prefix, an address or a route, and filters: ${FILTER_NAMES.join(', ')}; ` +
    'those with a value also as options, such as --mac',
};
const STALE = { flags: '--stale', help: 'only paths that are kept while their peer restarts' };
const BEST = { flags: '--best', help: 'only the best paths' };
const COUNT = { flags: '--count', help: 'only the number of prefixes and paths' };

export const SHOW_RIB = row({
  name: 'show rib',
  summary: 'all routes, those of a family, of a prefix or of an address (longest match), or those that pass filters',
  operand: WHAT,
  options: [
    FAMILY,
    { flags: '--peer <peer>', help: 'only paths learned from this peer' },
    BEST,
    STALE,
    { flags: '--rejected', help: 'only paths that the import policy rejected, with the rule and its reason' },
    { flags: '--received', help: 'attributes as received, and those in use where they differ' },
    { flags: '--all-paths', help: 'all paths of a prefix, not only the best one and the first 1,000 others' },
    COUNT,
  ],
  takesFilters: true,
  arguments: ribArguments,
  variant: (asked) => (asked.options.count === true ? countRow(ribArguments(asked)) : null),
  page: (items, output, asked) => {
    const { target, scope } = readSearch(asked.operands);
    const columns = asked.options.rejected === true ? 'rejected' : 'all';
    if (target === undefined || scope !== undefined) return writeRib(items, output, columns);
    return writeRoute(items, output, target);
  },
});

function ribArguments({ operands, options }: Asked): CommandArguments['show rib'] {
  const { peer, received, rejected, stale, best, allPaths } = options;
  return present({ ...searchOf(operands, options), peer, received, rejected, stale, best, allPaths });
}

/** What of the operands the daemon is asked for. @throws CommandError */
function searchOf(operands: readonly string[], options: Asked['options']) {
  const { target, family = options.family, words } = readSearch(operands);
  return { target, family, words: words.length === 0 ? undefined : words };
}

function countRow(args: CommandArguments['count routes']): ControlRow {
  return row({ name: 'count routes', summary: '', arguments: () => args, page: writeCounts });
}

const TABLES = ['received', 'accepted', 'rejected', 'advertised'] as const;

/** Which paths from a peer are in its tables, and how they are shown: every path is either accepted or rejected. */
const OF_PEER: Readonly<Record<string, { readonly args: CommandArguments['show rib']; readonly columns: RibColumns }>> =
  {
    received: { args: { received: true }, columns: 'peer' },
    accepted: { args: { state: 'usable' }, columns: 'peer' },
    rejected: { args: { state: 'unusable' }, columns: 'unusable' },
  };

export const SHOW_PEER = row({
  name: 'show peer',
  summary: 'details of one peer, or one of its tables: routes received, accepted, rejected or advertised',
  operand: PEER,
  moreOperands: [
    {
      usage: '[table]',
      help:
        'received: attributes as received; accepted: paths in use, with the attributes in use; rejected: paths that are ' +
        'not used, with the reason; advertised: what the peer has been sent, with the attributes as sent',
      choices: TABLES,
    },
    { ...WHAT, help: 'of a table: what to show of it, as in `show rib`' },
  ],
  options: [FAMILY, BEST, STALE, COUNT],
  takesFilters: true,
  arguments: ({ operand }) => ({ peer: operand ?? '' }),
  variant: tableOf,
  page: writePeer,
});

function tableOf({ operands, options }: Asked): ControlRow | null {
  const [peer = '', table, ...what] = operands;
  const of = table === undefined ? undefined : OF_PEER[table];
  const { stale, best, count } = options;
  const search = searchOf(what, options);
  if (table === undefined) {
    refuse(options, ['family', 'best', 'stale', 'count'], 'is for a table of the peer, such as `received`');
    return null;
  }
  if (of === undefined) {
    refuse(options, ['best', 'stale'], 'is for routes from the peer, not for those advertised to it');
    return advertisedRow(present({ ...search, peer }), what, count === true);
  }
  const args: CommandArguments['show rib'] = present({ ...search, ...of.args, peer, stale, best });
  if (count === true) return countRow(args);
  const { target, scope } = readSearch(what);
  return row({
    name: 'show rib',
    summary: '',
    arguments: () => args,
    page: (items, output) => {
      if (target === undefined || scope !== undefined) return writeRib(items, output, of.columns);
      return writeRoute(items, output, target);
    },
  });
}

/** @throws CommandError if one of the options is there */
function refuse(options: Asked['options'], names: readonly string[], why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new CommandError(`\`--${given}\` ${why}`);
}

function advertisedRow(
  args: CommandArguments['show advertised'],
  what: readonly string[],
  isCount: boolean,
): ControlRow {
  if (isCount) return countRow({ ...args, advertised: true });
  const { target, scope } = readSearch(what);
  const isDetailed = target !== undefined && scope === undefined;
  return row({
    name: 'show advertised',
    summary: '',
    arguments: () => args,
    page: (items, output) => writeAdvertised(items, output, isDetailed),
  });
}
