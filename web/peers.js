/** The views of peers: all of them with what has changed lately, and one. */
import { colored, counted, drawn, duration, element, facts, isUp, link, number, state, sum, table } from './elements.js';

/** Readings in a sparkline at most, and the time between two: an hour. The daemon has them, so a fresh page shows all of it. */
const READINGS = 120;
const EVERY_MS = 30_000;
const [WIDTH, HEIGHT] = [90, 20];
/** By peer: the routes accepted from it at the last readings. */
let trends = new Map();
let readMs = Number.NEGATIVE_INFINITY;

async function readTrends(read) {
  if (performance.now() - readMs < EVERY_MS) return;
  const { items } = await read('trends');
  readMs = performance.now();
  trends = new Map(items.map(({ address, runs }) => [address, runs.flatMap(([value, count]) => new Array(count).fill(value))]));
}

/** Accepted routes over the last hour, or since the daemon has readings, up to now; the text says the same. */
function sparkline({ address, families }) {
  const values = [...(trends.get(address) ?? []).slice(1 - READINGS), sum(families, 'accepted')];
  // The daemon, or the peer, is too new for a reading.
  if (values.length === 1) values.push(values[0]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value) => (high === low ? HEIGHT / 2 : HEIGHT - 2 - ((value - low) / (high - low)) * (HEIGHT - 4));
  const points = values.map((value, n) => `${((n / (values.length - 1)) * WIDTH).toFixed(1)},${y(value).toFixed(1)}`);
  const time = duration(((values.length - 1) * EVERY_MS) / 1000);
  const text = `last ${time}: ${low === high ? `constant at ${number(low)}` : `between ${number(low)} and ${number(high)}`}`;
  const drawing = drawn(
    'svg',
    { width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': `accepted routes, ${text}`, class: 'spark' },
    drawn('polyline', { points: points.join(' '), fill: 'none' }),
  );
  drawing.prepend(drawn('title', {}, text));
  return drawing;
}

const nameOf = ({ address }) => link('peer', address);

export async function peers(read) {
  const [answer] = await Promise.all([read('peers'), readTrends(read)]);
  const rows = [...answer.items].sort((a, b) => Number(isUp(a)) - Number(isUp(b)));
  const columns = [
    ['Peer', nameOf],
    ['Description', ({ description }) => description, 'wrap'],
    ['Group', ({ group }) => group],
    ['AS', ({ as }) => as, 'number'],
    ['State', state],
    ['For', ({ sinceSeconds }) => duration(sinceSeconds), 'number'],
    ['Received', ({ families }) => number(sum(families, 'received')), 'number'],
    ['Accepted', ({ families }) => number(sum(families, 'accepted')), 'number'],
    ['Trend', sparkline],
    ['Advertised', ({ families }) => number(sum(families, 'advertised')), 'number'],
    ['Last error', (peer) => (isUp(peer) ? '' : (peer.obstacle ?? peer.lastDown)), 'wrap'],
  ];
  const up = rows.filter(isUp).length;
  const text = `${up} established of ${counted(answer, 'peer')}`;
  return { nodes: [table('Peers, those without a session first', columns, rows)], note: text };
}

export async function peer(read, query) {
  if (query === '') return { nodes: [], note: 'Choose a peer in the list of peers, or type its address.' };
  const [{ items }, { items: latest }] = await Promise.all([
    read('peer', { peer: query }),
    read('peer-events', { peer: query }),
    readTrends(read),
  ]);
  const [one] = items;
  const families = [
    ['Family', ({ family }) => family],
    ['Received', ({ received }) => number(received), 'number'],
    ['Accepted', ({ accepted }) => number(accepted), 'number'],
    ['Stale', ({ stale }) => number(stale), 'number'],
    ['Advertised', ({ advertised }) => number(advertised), 'number'],
    ['Sent from', ({ sending, lagBytes }) => (lagBytes > 0 ? `${sending}, ${number(lagBytes)} octets behind` : sending)],
  ];
  const events = [
    ['Time', ({ time }) => element('time', { datetime: time }, new Date(time).toLocaleString())],
    ['What happened', ({ text }) => text],
  ];
  const nodes = [
    facts([
      ['Peer', one.address],
      ['Description', one.description],
      ['State', state(one)],
      ['For', duration(one.sinceSeconds)],
      ['Why there is no session', isUp(one) ? null : colored('bad', one.obstacle ?? 'not known')],
      ['Role', one.role],
      ['Group', one.group],
      ['AS', one.as === null ? null : String(one.as)],
      ['Router id', one.routerId],
      ['Host name', one.hostName],
      ['Software', one.softwareVersion],
      ['Hold time', one.holdSeconds === null ? null : `${one.holdSeconds} s`],
      ['Trend of accepted', sparkline(one)],
      ['Import', one.importPolicy],
      ['Export', one.exportPolicy],
      ['Last error', one.lastDown],
    ]),
    table('Routes by family', families, one.families),
    table('Its last events, the newest first', events, [...latest].reverse()),
  ];
  return { nodes, note: null };
}
