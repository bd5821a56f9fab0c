/** The map: this reflector, and around it the switches, the other peers and the clients, with their sessions. */
import { drawn, element, isUp, number, sum, table } from './elements.js';

/** Peers of a group that are drawn one by one; more are one box. */
const MAX_SINGLE = 12;
const [BOX, TALL, GAP, ROW] = [150, 44, 12, 84];
const LAYERS = [
  ['ebgp', 'Switches and other external peers'],
  ['non-client', 'Non-clients: other reflectors and routers'],
  ['self', 'This reflector'],
  ['client', 'Clients'],
];

/** The boxes of a layer: a peer, or a group of many. */
function boxesOf(peers) {
  const groups = new Map();
  for (const peer of peers) groups.set(peer.group, [...(groups.get(peer.group) ?? []), peer]);
  return [...groups].flatMap(([group, members]) => {
    if (members.length > MAX_SINGLE) {
      const up = members.filter(isUp).length;
      const kind = up === members.length ? 'up' : up === 0 ? 'down' : 'some';
      return [{ title: group || 'no group', text: `${number(up)} of ${number(members.length)} up`, kind, href: '#peers' }];
    }
    return members.map((peer) => ({
      title: peer.description || peer.address,
      text: peer.shutdown ? 'shut down' : isUp(peer) ? `${number(sum(peer.families, 'accepted'))} routes` : peer.state,
      kind: isUp(peer) ? 'up' : 'down',
      href: `#peer/${encodeURIComponent(peer.address)}`,
    }));
  });
}

/** Characters that fit a box, in bold and in plain letters. */
const [MAX_TITLE, MAX_TEXT] = [15, 20];
const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** A box at its place; the kind is also in its text and its line, not in the color alone. */
function box({ title, text, kind, href }, x, y) {
  const shape = [
    drawn('title', {}, `${title}: ${text}`),
    drawn('rect', { x, y, width: BOX, height: TALL, rx: 6, class: `box ${kind}` }),
    drawn('text', { x: x + 8, y: y + 18, class: 'name' }, cut(title, MAX_TITLE)),
    drawn('text', { x: x + 8, y: y + 35, class: 'detail' }, cut(text, MAX_TEXT)),
  ];
  if (href === undefined) return drawn('g', {}, ...shape);
  return drawn('a', { href, 'aria-label': `${title}: ${text}` }, ...shape);
}

/** Rows of boxes that fit the width, layer by layer, and lines from each box to the reflector. */
function drawing(layers, width) {
  const perRow = Math.max(1, Math.floor((width + GAP) / (BOX + GAP)));
  const [labels, boxes] = [[], []];
  let y = 0;
  for (const { label, items } of layers) {
    labels.push(drawn('text', { x: 0, y: y + 14, class: 'layer' }, label));
    y += 24;
    for (let at = 0; at < items.length; at += perRow) {
      const row = items.slice(at, at + perRow);
      const start = (width - row.length * (BOX + GAP) + GAP) / 2;
      boxes.push(...row.map((item, n) => ({ item, x: start + n * (BOX + GAP), y })));
      y += at + perRow < items.length ? TALL + GAP : TALL;
    }
    y += ROW - TALL;
  }
  const center = boxes.find(({ item }) => item.kind === 'self');
  const lines = boxes
    .filter((one) => one !== center)
    .map(({ item, x, y: top }) => {
      const above = top < center.y;
      const ends = { x1: x + BOX / 2, y1: above ? top + TALL : top, x2: center.x + BOX / 2, y2: above ? center.y : center.y + TALL };
      return drawn('line', { ...ends, class: `line ${item.kind}` });
    });
  const size = { width, height: y, viewBox: `0 0 ${width} ${y}`, class: 'map', role: 'group' };
  const nodes = boxes.map(({ item, x, y: top }) => box(item, x, top));
  return drawn('svg', { ...size, 'aria-label': 'Sessions of this reflector' }, ...lines, ...labels, ...nodes);
}

export async function map(read) {
  const [{ items: peers, complete }, { items: statuses }] = await Promise.all([read('peers'), read('status')]);
  const [{ routerId, as, prefixes }] = statuses;
  const self = { title: routerId, text: `AS ${as}, ${number(prefixes)} routes`, kind: 'self' };
  const layers = LAYERS.map(([role, label]) => ({
    label,
    items: role === 'self' ? [self] : boxesOf(peers.filter((peer) => peer.role === role)),
  })).filter(({ items }) => items.length > 0);
  const groups = new Map();
  for (const peer of peers) {
    const key = `${peer.role} ${peer.group}`;
    groups.set(key, [...(groups.get(key) ?? []), peer]);
  }
  const total = (members, field) => number(members.reduce((all, { families }) => all + sum(families, field), 0));
  const columns = [
    ['Role', ([first]) => first.role],
    ['Group', ([first]) => first.group],
    ['Peers', (members) => number(members.length), 'number'],
    ['Established', (members) => number(members.filter(isUp).length), 'number'],
    ['Accepted', (members) => total(members, 'accepted'), 'number'],
    ['Advertised', (members) => total(members, 'advertised'), 'number'],
  ];
  const width = Math.max(BOX, document.getElementById('content').clientWidth);
  const legend = element('p', { class: 'muted' }, 'A solid line is an established session, a dashed one is down; choose a box for details.');
  const note = complete ? null : 'There are more peers than this page shows.';
  return { nodes: [drawing(layers, width), legend, table('The same by role and group', columns, [...groups.values()])], note };
}
