/** The views: what each reads, and the tables that it shows. Every cell is text. */
import { bytes, colored, counted, element, link, number, table } from './elements.js';
import { map } from './map.js';
import { peer, peers } from './peers.js';

const PATH_COLUMNS = [
  ['Best', ({ best }) => (best ? colored('good', 'best') : '')],
  ['Learned from', ({ peer }) => peer],
  ['Next hop', ({ nextHop }) => nextHop],
  ['AS path', ({ asPath }) => asPath],
  ['LOCAL_PREF', ({ localPref }) => localPref, 'number'],
  ['MED', ({ med }) => med, 'number'],
  ['Why', ({ unusable, decidedBy, best }) => (unusable === null ? (best ? '' : `lost by ${decidedBy}`) : colored('bad', unusable))],
];

const moment = (time) => element('time', { datetime: time }, new Date(time).toLocaleString());

const CHANGE_COLUMNS = [
  ['Time', ({ time }) => moment(time)],
  ['What happened, and why', ({ from, text }) => (from === null ? colored('bad', text) : text)],
];

async function routes(read, query) {
  if (query === '') return { nodes: [], note: 'An address finds the longest match, a prefix itself.' };
  const found = await read('routes', { target: query });
  const nodes = found.items.map(({ prefix, family, paths }) => table(`${prefix} (${family})`, PATH_COLUMNS, paths));
  const prefix = found.items[0]?.prefix;
  if (prefix === undefined) return { nodes, note: 'no route' };
  const explained = await read('explain', { prefix });
  const columns = [
    ['Peer', ({ peer }) => peer],
    ['Group', ({ group }) => group],
    ['Advertised', ({ advertised }) => (advertised ? colored('good', 'yes') : colored('muted', 'no'))],
    ['Reason', ({ why }) => why],
  ];
  nodes.push(table(`Which peers ${prefix} is advertised to`, columns, explained.items.filter(({ continues }) => !continues)));
  const past = await read('history', { target: prefix });
  nodes.push(table(`What happened to ${prefix}, the newest first`, CHANGE_COLUMNS, past.items.filter(({ kind }) => kind === 'change').reverse()));
  return { nodes, note: counted(found, 'prefix', 'prefixes') };
}

async function rejected(read) {
  const answer = await read('rejected');
  const rows = answer.items.flatMap(({ prefix, paths }) => paths.map((path) => ({ prefix, ...path })));
  const columns = [
    ['Prefix', ({ prefix }) => link('routes', prefix)],
    ['Learned from', ({ peer }) => peer],
    ['Rule', ({ policy }) => policy?.rule],
    ['Because', ({ policy, unusable }) => policy?.because || unusable],
    ['Place', ({ policy }) => policy?.place],
  ];
  return { nodes: [table('Paths that the import policy rejected', columns, rows)], note: counted(answer, 'prefix', 'prefixes') };
}

/** Events on the page, the newest first; each reading asks for those after the last one. */
const MAX_EVENTS = 200;
let known = [];

async function events(read) {
  const last = known[0]?.cursor;
  const answer = await read('events', last === undefined ? {} : { after: last });
  const fresh = [...answer.items].reverse();
  const isFirst = known.length === 0;
  known = [...fresh, ...known].slice(0, MAX_EVENTS);
  const kinds = { error: 'bad', warn: 'warn' };
  const columns = [
    ['Time', ({ time }) => moment(time)],
    ['Level', ({ level }) => colored(kinds[level] ?? 'muted', level)],
    ['Event', ({ event }) => event],
    ['What happened', ({ text }) => text],
  ];
  const whole = table('The last events, the newest first; new ones appear by themselves', columns, known);
  if (!isFirst) for (const row of [...whole.querySelectorAll('tbody tr')].slice(0, fresh.length)) row.className = 'new';
  // Only new events change the note, which screen readers announce.
  const note = isFirst ? `${number(known.length)} events` : fresh.length === 0 ? null : `${number(fresh.length)} new: ${fresh[0].text}`;
  return { nodes: [whole], note };
}

async function kernel(read) {
  const [{ items }, failed] = await Promise.all([read('status'), read('kernel')]);
  const [{ fibMode, health }] = items;
  const causes = health.causes.filter(({ cause }) => cause.startsWith('kernel'));
  const troubles = [
    ['Cause', ({ cause }) => colored('bad', cause)],
    ['Details', ({ details }) => details.join('; ')],
    ['Remedy', ({ remedy }) => remedy],
  ];
  const columns = [
    ['Prefix', ({ prefix }) => link('routes', prefix)],
    ['Next hop', ({ nextHop }) => nextHop],
    ['State', ({ state: now }) => now],
    ['Error', ({ error }) => colored('bad', error ?? '')],
  ];
  const nodes = fibMode === 'off' ? [] : [table('Routes that the kernel rejected', columns, failed.items)];
  if (causes.length > 0) nodes.unshift(table('Health', troubles, causes));
  const healthy = causes.length === 0 ? 'healthy' : 'degraded';
  return { nodes, note: fibMode === 'off' ? 'kernel routes are off' : `${fibMode}, ${healthy}, ${counted(failed, 'rejected route')}` };
}

async function memory(read) {
  const { items } = await read('memory');
  const [{ rssBytes, heapPageBytes, programBytes, tables }] = items;
  const columns = [
    ['Table', ({ name }) => name],
    ['Entries', ({ entries }) => number(entries), 'number'],
    ['Memory', (row) => bytes(row.bytes), 'number'],
  ];
  const note = `${bytes(rssBytes)} resident, of it ${bytes(programBytes)} Node.js and ${bytes(heapPageBytes)} heap of JavaScript`;
  return { nodes: [table('Memory per table', columns, tables)], note };
}

/** By the name in the address. `everyMs`: it is read again after this time. */
export const VIEWS = {
  peers: { title: 'Peers', load: peers, everyMs: 5000 },
  peer: { title: 'Peer', load: peer, search: 'Address or description of a peer', everyMs: 5000 },
  map: { title: 'Map', load: map, everyMs: 5000 },
  routes: { title: 'Routes', load: routes, search: 'Prefix, address or route' },
  rejected: { title: 'Rejected routes', load: rejected },
  events: { title: 'Events', load: events, everyMs: 1500 },
  kernel: { title: 'Kernel', load: kernel, everyMs: 5000 },
  memory: { title: 'Memory', load: memory, everyMs: 5000 },
};
