/** A web page with made-up commands, for tests. */
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { CommandError, type CommandTable } from '../../src/engine/api/commands.ts';
import type { HttpServer } from '../../src/io/http/server.ts';
import { openWebPage } from '../../src/io/web/web.ts';
import { REPOSITORY } from '../lab/paths.ts';

type Run = CommandTable[string]['run'];

/** Commands that the test does not name have no items. */
export function tableOf(runs: Readonly<Record<string, Run>>): CommandTable {
  const empty = { run: () => [] };
  const names = [
    'status',
    'show peers',
    'show peer',
    'show rib',
    'explain',
    'show events',
    'show fib',
    'show memory',
    'show history',
    'trends',
  ];
  return { ...Object.fromEntries(names.map((name) => [name, empty])), ...mapped(runs) };
}

function mapped(runs: Readonly<Record<string, Run>>) {
  return Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, { run }]));
}

export function openPage(commands: CommandTable, hosts: readonly string[] = []): Promise<HttpServer> {
  return openWebPage({
    address: Uint8Array.of(127, 0, 0, 1),
    port: 0,
    hosts,
    files: join(REPOSITORY, 'web'),
    commands,
    events: { emit: () => {} },
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** One request, with headers that a browser would not let a page choose. */
export function ask(server: HttpServer, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port: server.port, path, headers, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

export { CommandError };
