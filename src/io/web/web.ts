/** The web page: static files, and data for them. Read-only: it runs no command that changes anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandTable } from '../../engine/api/commands.ts';
import type { EventSink } from '../../engine/events/events.ts';
import type { HttpAnswer, HttpRequest } from '../http/asker.ts';
import { HttpServer, type Route } from '../http/server.ts';
import { DATA_ROWS, WebData } from './data.ts';
import { RequestGuard, SECURITY_HEADERS } from './guard.ts';

interface WebOptions {
  readonly address: Uint8Array;
  /** 0: any free port. */
  readonly port: number;
  /** Further host names by which the page is reached. */
  readonly hosts: readonly string[];
  /** Folder of the static files. */
  readonly files: string;
  readonly commands: CommandTable;
  readonly events: EventSink;
}

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/elements.js': ['elements.js', 'text/javascript; charset=utf-8'],
  '/map.js': ['map.js', 'text/javascript; charset=utf-8'],
  '/peers.js': ['peers.js', 'text/javascript; charset=utf-8'],
  '/views.js': ['views.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

/** Listens as soon as the address can be bound; resolves after the first attempt. */
export async function openWebPage({ address, port, hosts, files, commands, events }: WebOptions): Promise<HttpServer> {
  const guard = new RequestGuard(hosts);
  const data = new WebData(commands);
  const routes: Record<string, Route> = {};
  for (const [path, [file, type]] of Object.entries(FILES)) {
    const body = [readFileSync(join(files, file))];
    routes[path] = guarded(guard, () => ({ status: 200, type, body }));
  }
  for (const path of Object.keys(DATA_ROWS)) {
    routes[path] = guarded(guard, async ({ query }) => {
      const { status, body } = await data.answer(path, query);
      return { status, type: 'application/json', body: [Buffer.from(body)] };
    });
  }
  const server = new HttpServer({ address, port, events, purpose: 'web page', routes });
  await server.listen();
  return server;
}

function guarded(guard: RequestGuard, answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>): Route {
  return async (request) => {
    const refusal = guard.refusal(request);
    if (refusal !== null) {
      return {
        status: 403,
        type: 'text/plain; charset=utf-8',
        body: [Buffer.from(`${refusal}\n`)],
        headers: SECURITY_HEADERS,
      };
    }
    return { ...(await answer(request)), headers: SECURITY_HEADERS };
  };
}
