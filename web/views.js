/** The views: what each reads, and the tables that it shows. Every cell is text. */

/** An element with attributes and children (nodes or text). */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * A table. A column has a title and gives the text, or the node, of a row.
 * @param columns [title, content, class][]
 */
function table(caption, columns, rows) {
  const head = columns.map(([title, , kind = '']) => element('th', { scope: 'col', class: kind }, title));
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      ...columns.map(([title, content, kind = '']) => {
        const made = content(row) ?? '';
        return element('td', { 'data-label': title, class: kind }, made instanceof Node ? made : String(made));
      }),
    ),
  );
  const whole = element('table', {}, element('caption', {}, caption));
  whole.append(element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body));
  return element('div', { class: 'table' }, whole);
}

const colored = (kind, text) => element('span', { class: kind }, text);
const number = (value) => value.toLocaleString('en');
const link = (view, text, shown = text) => element('a', { href: `#${view}/${encodeURIComponent(text)}` }, shown);
const sum = (families, field) => families.reduce((total, family) => total + family[field], 0);

/** `3d 4h`, `5m 2s`. */
function duration(seconds) {
  const units = [
    ['d', 86400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, length]) => seconds >= length);
  if (first === -1) return '0s';
  let rest = Math.floor(seconds);
  const parts = units.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return `${count}${unit}`;
  });
  return parts.join(' ');
}

const bytes = (count) => (count < 1 << 20 ? `${Math.ceil(count / 1024)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`);
/** `1 peer`, `2 peers`, or how many of more are shown. */
function counted({ items, complete }, noun, plural = `${noun}s`) {
  const text = `${number(items.length)} ${items.length === 1 ? noun : plural}`;
  return complete ? text : `the first ${text}; there are more`;
}

function state(peer) {
  if (peer.state === 'Established') return colored('good', peer.draining ? 'Established, draining' : 'Established');
  return colored(peer.shutdown ? 'muted' : 'bad', peer.shutdown ? 'shut down' : peer.state);
}

async function peers(read) {
  const answer = await read('peers');
  const order = (peer) => (peer.state === 'Established' ? 1 : 0);
  const rows = [...answer.items].sort((a, b) => order(a) - order(b));
  const up = rows.filter((peer) => peer.state === 'Established').length;
  const columns = [
    ['Peer', ({ address }) => address],
    ['Description', ({ description }) => description],
    ['Group', ({ group }) => group],
    ['AS', ({ as }) => as, 'number'],
    ['State', state],
    ['For', ({ sinceSeconds }) => duration(sinceSeconds), 'number'],
    ['Received', ({ families }) => number(sum(families, 'received')), 'number'],
    ['Accepted', ({ families }) => number(sum(families, 'accepted')), 'number'],
    ['Advertised', ({ families }) => number(sum(families, 'advertised')), 'number'],
    ['Last error', ({ lastDown, state: now }) => (now === 'Established' ? '' : lastDown)],
  ];
  return { nodes: [table('Peers, those without a session first', columns, rows)], note: `${up} established of ${counted(answer, 'peer')}` };
}

const PATH_COLUMNS = [
  ['Best', ({ best }) => (best ? colored('good', 'best') : '')],
  ['Learned from', ({ peer }) => peer],
  ['Next hop', ({ nextHop }) => nextHop],
  ['AS path', ({ asPath }) => asPath],
  ['LOCAL_PREF', ({ localPref }) => localPref, 'number'],
  ['MED', ({ med }) => med, 'number'],
  ['Why', ({ unusable, decidedBy, best }) => (unusable === null ? (best ? '' : `lost by ${decidedBy}`) : colored('bad', unusable))],
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
  nodes.push(table(`Which peers ${prefix} is advertised to`, columns, explained.items));
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

async function events(read) {
  const answer = await read('events');
  const kinds = { error: 'bad', warn: 'warn' };
  const columns = [
    ['Time', ({ time }) => element('time', { datetime: time }, new Date(time).toLocaleString())],
    ['Level', ({ level }) => colored(kinds[level] ?? 'muted', level)],
    ['Event', ({ event }) => event],
    ['What happened', ({ text }) => text],
  ];
  const rows = [...answer.items].reverse();
  return { nodes: [table('The last events, the newest first', columns, rows)], note: counted(answer, 'event') };
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
  const [{ rssBytes, heapBytes, tables }] = items;
  const columns = [
    ['Table', ({ name }) => name],
    ['Entries', ({ entries }) => number(entries), 'number'],
    ['Memory', (row) => bytes(row.bytes), 'number'],
  ];
  const note = `${bytes(rssBytes)} resident, ${bytes(heapBytes)} heap of JavaScript`;
  return { nodes: [table('Memory per table', columns, tables)], note };
}

/** By the name in the address. `changes`: it is read again every few seconds. */
export const VIEWS = {
  peers: { title: 'Peers', load: peers, changes: true },
  routes: { title: 'Routes', load: routes, search: 'Prefix, address or route' },
  rejected: { title: 'Rejected routes', load: rejected },
  events: { title: 'Events', load: events, changes: true },
  kernel: { title: 'Kernel', load: kernel, changes: true },
  memory: { title: 'Memory', load: memory, changes: true },
};
