/**
 * The data of the web page: answers of read-only commands of the control socket, cut to a maximum of items and octets.
 * Like the socket, the page works for some milliseconds at once, so that BGP runs in between.
 */

import { CommandError, type CommandTable, STATE_CHANGING } from '../../engine/api/commands.ts';
import type { PeerView } from '../../engine/api/peer-views.ts';
import { Pace } from '../loop/pace.ts';

/** Maximum characters of an answer, and milliseconds that a command may take. */
const MAX_LENGTH = 4 * 1024 * 1024;
const MAX_MS = 10_000;
/** Commands that run at the same time; further requests are refused. */
const MAX_RUNNING = 4;

interface DataRow {
  readonly command: string;
  /** Maximum number of items. */
  readonly max: number;
  /** The arguments of the command; undefined: the request lacks a parameter. */
  readonly arguments: (query: URLSearchParams) => Readonly<Record<string, unknown>> | undefined;
  /** The part of an item that the page shows; the default is all of it. */
  readonly shape?: (item: unknown) => unknown;
}

const none = () => ({});

/** A peer without its capabilities and counters: thousands fit into an answer. */
function shortPeer(item: unknown): unknown {
  const { families, ...peer } = item as PeerView;
  const { address, description, group, role, as, state, shutdown, draining, sinceSeconds, lastDown, obstacle } = peer;
  const counts = families.map(({ family, received, accepted, advertised }) => ({
    family,
    received,
    accepted,
    advertised,
  }));
  const facts = { address, description, group, role, as, state, shutdown, draining, sinceSeconds, lastDown, obstacle };
  return { ...facts, families: counts };
}

/** Of the page alone: the command line has no such command. */
export const TRENDS = 'trends';

/** By path. */
export const DATA_ROWS: Readonly<Record<string, DataRow>> = {
  '/api/status': { command: 'status', max: 1, arguments: none },
  '/api/peers': { command: 'show peers', max: 5000, arguments: none, shape: shortPeer },
  '/api/trends': { command: TRENDS, max: 5000, arguments: none },
  '/api/peer': { command: 'show peer', max: 1, arguments: (query) => words(query, 'peer') },
  '/api/routes': { command: 'show rib', max: 100, arguments: (query) => words(query, 'target') },
  '/api/explain': { command: 'explain', max: 500, arguments: (query) => words(query, 'prefix', 'peer') },
  '/api/rejected': { command: 'show rib', max: 200, arguments: () => ({ rejected: true }) },
  '/api/events': { command: 'show events', max: 200, arguments: eventsAfter },
  '/api/peer-events': {
    command: 'show events',
    max: 20,
    arguments: (query) => words(query, 'peer') && { peer: query.get('peer'), last: 20 },
  },
  '/api/history': {
    command: 'show history',
    max: 100,
    arguments: (query) => words(query, 'target') && { words: [query.get('target')], last: 50 },
  },
  '/api/kernel': { command: 'show fib', max: 200, arguments: () => ({ failed: true }) },
  '/api/memory': { command: 'show memory', max: 1, arguments: none },
};

/** The first name is required, the others are optional. */
function words(query: URLSearchParams, required: string, ...optional: readonly string[]) {
  if ((query.get(required) ?? '') === '') return undefined;
  const given = [required, ...optional].map((name) => [name, query.get(name) ?? '']);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

function eventsAfter(query: URLSearchParams) {
  const after = query.get('after');
  if (after === null) return { last: 100 };
  return /^\d{1,15}$/.test(after) ? { after: Number(after) } : undefined;
}

/** An answer: its HTTP status, and the JSON. */
interface DataAnswer {
  readonly status: number;
  readonly body: string;
}

export class WebData {
  private running = 0;
  private readonly commands: CommandTable;

  constructor(commands: CommandTable) {
    this.commands = commands;
    for (const { command } of Object.values(DATA_ROWS)) {
      if (STATE_CHANGING.has(command)) throw new Error(`${command} changes something`);
    }
  }

  /** Runs the command of a path. */
  async answer(path: string, query: URLSearchParams): Promise<DataAnswer> {
    const row = DATA_ROWS[path];
    const args = row?.arguments(query);
    if (row === undefined || args === undefined) return problem(400, 'a parameter is missing or not valid');
    if (this.running >= MAX_RUNNING) return problem(503, 'too many requests at once; try again');
    this.running++;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), MAX_MS);
    try {
      return await collect(this.commands[row.command]!.run(args, abort.signal, null), row, abort.signal);
    } catch (error) {
      if (error instanceof CommandError) return problem(404, error.message);
      return problem(500, `internal error: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
      abort.abort();
      this.running--;
    }
  }
}

function problem(status: number, error: string): DataAnswer {
  return { status, body: JSON.stringify({ error }) };
}

/** `{"items":[…],"complete":true}`; `complete` is false if there are more items than fit, or the time was over. */
async function collect(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  { max, shape = (item) => item }: DataRow,
  signal: AbortSignal,
): Promise<DataAnswer> {
  const texts: string[] = [];
  let length = 0;
  let complete = true;
  const pace = new Pace(Symbol.asyncIterator in items ? null : 'page');
  for await (const item of items) {
    if (item !== undefined) {
      const text = JSON.stringify(shape(item));
      length += text.length;
      if (texts.length >= max || length > MAX_LENGTH) {
        complete = false;
        break;
      }
      texts.push(text);
    }
    if (signal.aborted) {
      complete = false;
      break;
    }
    await pace.restIfOver();
  }
  return { status: 200, body: `{"items":[${texts.join(',')}],"complete":${complete}}` };
}
