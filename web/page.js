/** The page: which view is shown, and how it is filled. All text goes into the page as text, never as markup. */
import { VIEWS } from './views.js';

/** Milliseconds between two readings of the health. */
const REFRESH_MS = 5000;

const part = (id) => document.getElementById(id);
let shown = 0;
let timer;

/** The items of an answer, and whether they are all. Errors of the daemon are thrown with its words. */
async function read(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  const answer = await fetch(`api/${path}${query === '' ? '' : `?${query}`}`, { cache: 'no-store' });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `HTTP ${answer.status}`);
  return body;
}

/** `#routes/10.0.0.0/8`: the name of the view, and what is searched. */
function place() {
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split('/');
  return { name: Object.hasOwn(VIEWS, name) ? name : 'peers', query: rest.join('/') };
}

async function show() {
  clearTimeout(timer);
  const turn = ++shown;
  const { name, query } = place();
  const view = VIEWS[name];
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${view.title} - reflectord`;
  part('title').textContent = view.title;
  part('search').hidden = view.search === undefined;
  part('query-label').textContent = view.search ?? '';
  if (document.activeElement !== part('query')) part('query').value = query;
  part('note').textContent = view.search !== undefined && query === '' ? '' : part('note').textContent;
  await fill(view, query, turn);
  if (turn === shown && view.everyMs !== undefined) timer = setTimeout(again, view.everyMs);
}

/** A hidden page asks for nothing. */
function again() {
  if (document.hidden) timer = setTimeout(again, REFRESH_MS);
  else void show();
}

async function fill(view, query, turn) {
  try {
    const { nodes, note } = await view.load(read, query);
    if (turn !== shown) return;
    replace(nodes);
    // Screen readers announce a note that is set: only one that says something new is.
    if (note !== null && part('note').textContent !== note) part('note').textContent = note;
  } catch (error) {
    if (turn !== shown) return;
    part('content').replaceChildren();
    part('note').textContent = error.message;
  }
}

/** Puts the nodes in place of the old ones; the link that has the focus keeps it. */
function replace(nodes) {
  const focused = part('content').contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  part('content').replaceChildren(...nodes);
  if (focused === null) return;
  for (const one of part('content').querySelectorAll('a')) if (one.getAttribute('href') === focused) return one.focus();
}

async function showHealth() {
  try {
    const { items } = await read('status');
    const [status] = items;
    part('identity').textContent = `${status.routerId}, AS ${status.as}, version ${status.version}`;
    const { causes, status: health } = status.health;
    part('health').textContent = causes.length === 0 ? health : `${health}: ${causes.map(({ cause }) => cause).join(', ')}`;
    part('health').className = health === 'healthy' ? 'good' : health === 'failed' ? 'bad' : 'warn';
  } catch (error) {
    part('health').textContent = `no answer: ${error.message}`;
    part('health').className = 'bad';
  }
  setTimeout(showHealth, REFRESH_MS);
}

part('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const hash = `#${place().name}/${encodeURIComponent(part('query').value.trim())}`;
  if (location.hash === hash) void show();
  else location.hash = hash;
});
addEventListener('hashchange', () => {
  part('note').textContent = '';
  void show();
});
let resized;
addEventListener('resize', () => {
  clearTimeout(resized);
  resized = setTimeout(() => void show(), 200);
});
void show();
void showHealth();
