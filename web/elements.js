/** Parts of the page: elements, tables and numbers. All text goes into the page as text, never as markup. */

/** An element with attributes and children (nodes or text). */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * A table. A column has a title and gives the text, or the node, of a row.
 * @param columns [title, content, class][]
 */
export function table(caption, columns, rows) {
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

export const colored = (kind, text) => element('span', { class: kind }, text);
export const number = (value) => value.toLocaleString('en');
export const link = (view, text, shown = text) => element('a', { href: `#${view}/${encodeURIComponent(text)}` }, shown);
export const sum = (families, field) => families.reduce((total, family) => total + family[field], 0);

/** `3d 4h`, `5m 2s`. */
export function duration(seconds) {
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

export const bytes = (count) => (count < 1 << 20 ? `${Math.ceil(count / 1024)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`);
/** `1 peer`, `2 peers`, or how many of more are shown. */
export function counted({ items, complete }, noun, plural = `${noun}s`) {
  const text = `${number(items.length)} ${items.length === 1 ? noun : plural}`;
  return complete ? text : `the first ${text}; there are more`;
}

const SVG = document.getElementById('drawing').content.firstElementChild.namespaceURI;

/** An element of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Named facts; those without a value are left out. */
export function facts(rows) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return element('dl', {}, ...shown.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
}

/** The state of a peer. */
export function state(peer) {
  if (peer.state === 'Established') return colored('good', peer.draining ? 'Established, draining' : 'Established');
  return colored(peer.shutdown ? 'muted' : 'bad', peer.shutdown ? 'shut down' : peer.state);
}

/** Whether a peer has a session. */
export const isUp = ({ state: now }) => now === 'Established';
