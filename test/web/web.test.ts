/** The web page as a server: what it answers, what it refuses, and its bounds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_CHANGING } from '../../src/engine/api/commands.ts';
import type { HttpServer } from '../../src/io/http/server.ts';
import { DATA_ROWS } from '../../src/io/web/data.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { watchTurns } from '../lab/turns.ts';
import { ask, CommandError, openPage, tableOf } from './web-page.ts';

let server: HttpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function page(runs: Parameters<typeof tableOf>[0] = {}, hosts: readonly string[] = []): Promise<HttpServer> {
  server = await openPage(tableOf(runs), hosts);
  return server;
}

const peers = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ address: `10.0.${n >> 8}.${n & 255}`, families: [] }));

describe('files', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', 'index.html'],
    ['/page.css', 'text/css; charset=utf-8', 'page.css'],
    ['/page.js', 'text/javascript; charset=utf-8', 'page.js'],
    ['/elements.js', 'text/javascript; charset=utf-8', 'elements.js'],
    ['/map.js', 'text/javascript; charset=utf-8', 'map.js'],
    ['/peers.js', 'text/javascript; charset=utf-8', 'peers.js'],
    ['/views.js', 'text/javascript; charset=utf-8', 'views.js'],
    ['/icon.svg', 'image/svg+xml', 'icon.svg'],
  ])('%s is served with its type and a strict policy', async (path, type, file) => {
    const { status, headers, body } = await ask(await page(), path);
    expect([status, headers['content-type'], body]).toEqual([
      200,
      type,
      readFileSync(join(REPOSITORY, 'web', file), 'utf8'),
    ]);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test('there are no others, whatever the path', async () => {
    const running = await page();
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/package.json', '/web/index.html', '/__proto__']) {
      expect([path, (await ask(running, path)).status]).toEqual([path, 404]);
    }
  });

  test('load nothing from elsewhere, and put no text into the page as markup', () => {
    for (const file of ['index.html', 'page.css', 'page.js', 'elements.js', 'map.js', 'peers.js', 'views.js']) {
      const text = readFileSync(join(REPOSITORY, 'web', file), 'utf8');
      expect([
        file,
        text.match(/(https?:)?\/\/[a-z]|innerHTML|insertAdjacent|document\.write|eval\(| on[a-z]+=/g),
      ]).toEqual([file, null]);
    }
  });
});

describe('who is answered', () => {
  test.each([
    ['a name of another site, as after DNS rebinding', { Host: 'evil.example' }, 403],
    ['such a name with our port', { Host: 'evil.example:9180' }, 403],
    ['a script of another site', { Origin: 'http://evil.example' }, 403],
    ['a script of a page without an origin', { Origin: 'null' }, 403],
    ['a script of another port of this host', { Origin: 'http://localhost:1', Host: 'localhost' }, 403],
    [
      'a request that the browser calls cross-site',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
      403,
    ],
    ['a link on another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }, 200],
    ['the page itself', { Host: 'localhost:5', Origin: 'http://localhost:5', 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['an address', { Host: '[2001:db8::1]:9180' }, 200],
    ['a configured name, in any case', { Host: 'RR1.example.org:443', Origin: 'https://RR1.example.org:443' }, 200],
  ])('%s', async (_, headers, expected) => {
    const running = await page({ 'show peers': () => peers(1) }, ['rr1.example.org']);
    const { status, body } = await ask(running, '/api/peers', headers as Record<string, string>);
    expect(status).toBe(expected);
    expect(body.includes('10.0.0.0')).toBe(expected === 200);
  });
});

describe('data', () => {
  test('comes from commands that change nothing', () => {
    const commands = Object.values(DATA_ROWS).map(({ command }) => command);
    expect(commands.filter((command) => STATE_CHANGING.has(command))).toEqual([]);
  });

  test('is the items of the command, with its arguments', async () => {
    const asked: unknown[] = [];
    const run = (args: unknown) => {
      asked.push(args);
      return [{ prefix: '10.0.0.0/8' }];
    };
    const running = await page({ explain: run, 'show events': run, 'show rib': run });
    const { status, headers, body } = await ask(running, '/api/explain?prefix=10.0.0.0%2F8&peer=leaf%201&file=x');
    expect([status, headers['content-type'], JSON.parse(body)]).toEqual([
      200,
      'application/json',
      { items: [{ prefix: '10.0.0.0/8' }], complete: true },
    ]);
    await ask(running, '/api/events?after=7');
    await ask(running, '/api/rejected?rejected=false');
    expect(asked).toEqual([{ prefix: '10.0.0.0/8', peer: 'leaf 1' }, { after: 7 }, { rejected: true }]);
  });

  test.each([
    ['/api/explain', 400],
    ['/api/routes?target=', 400],
    ['/api/events?after=x', 400],
    ['/api/nothing', 404],
  ])('%s is answered with %i', async (path, status) => {
    expect((await ask(await page(), path)).status).toBe(status);
  });

  test('has the words of the daemon for a mistake', async () => {
    const running = await page({
      explain: () => {
        throw new CommandError('no peer has announced 10.0.0.0/8');
      },
    });
    const { status, body } = await ask(running, '/api/explain?prefix=10.0.0.0/8');
    expect([status, JSON.parse(body)]).toEqual([404, { error: 'no peer has announced 10.0.0.0/8' }]);
  });

  test('is cut to a maximum of items, and says so', async () => {
    const running = await page({ 'show peers': () => peers(6000) });
    const { items, complete } = JSON.parse((await ask(running, '/api/peers')).body) as {
      items: unknown[];
      complete: boolean;
    };
    expect([items.length, complete]).toEqual([5000, false]);
  });

  test('is cut to a maximum of octets', async () => {
    const big = { description: 'x'.repeat(1 << 20), families: [] };
    const running = await page({ 'show peers': () => Array.from({ length: 100 }, () => big) });
    expect((await ask(running, '/api/peers')).body.length).toBeLessThan(4.1 * (1 << 20));
  });

  test('of a long search is made in slices, and only a few at a time', async () => {
    let open = 0;
    let most = 0;
    let isRefused = false;
    const asked = async () => {
      const answer = await ask(running, '/api/rejected');
      isRefused ||= answer.status === 503;
      return answer;
    };
    function* slow() {
      open++;
      most = Math.max(most, open);
      // Until one is refused, however long the requests take to arrive.
      while (!isRefused) yield undefined;
      open--;
    }
    const running = await page({ 'show rib': () => slow() });
    const turns = watchTurns();
    const answers = await Promise.all(Array.from({ length: 10 }, asked));
    turns.stop();
    expect(most).toBeLessThanOrEqual(4);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(answers.some(({ status }) => status === 503)).toBe(true);
    expect(turns.cpuMs).toBeLessThan(50);
  });

  test('of a client that has left does not count any more', async () => {
    const running = await page({ 'show peers': () => peers(1) });
    for (let n = 0; n < 20; n++) expect((await ask(running, '/api/peers')).status).toBe(200);
  });
});
