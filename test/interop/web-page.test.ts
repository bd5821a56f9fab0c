/** The web page of a real daemon in headless Chromium: every view, phone and desktop, light and dark, keyboard. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import * as bgp from '../lab/bgp-bytes.ts';
import { daemon } from '../lab/daemons.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import { Speaker } from '../lab/speaker.ts';
import { temporaryFolder } from '../lab/temporary.ts';

jest.setTimeout(90_000);

const HOSTILE = '<img src=x onerror=document.title=1>';

describeWithDaemons(['chromium'], 'the web page in a browser', () => {
  const folder = temporaryFolder();
  const reflector = new Reflectord(folder);
  const speakers: Speaker[] = [];
  let browser: Browser;
  let page: Page;
  let url: string;
  const complaints: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    const [port, web] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${web}/`;
    const client = { as: 65000, 'route-reflector-client': true, passive: true, families: ['ipv4-unicast'] };
    await reflector.start({
      router: { as: 65000, id: '10.0.0.1' },
      listen: [{ address: '127.0.0.1', port }],
      policies: {
        in: {
          rules: [
            { name: 'no-default', if: { prefix: '0.0.0.0/0' }, then: 'reject', because: 'hosts send no default' },
          ],
          default: 'accept',
        },
      },
      peers: [
        { address: '127.0.9.1', description: HOSTILE, import: ['in'], ...client },
        { address: '127.0.9.2', description: 'host 2', ...client },
        { address: '127.0.9.3', description: 'host 3', ...client },
      ],
      metrics: 'none',
      web: { listen: `127.0.0.1:${web}` },
    });
    for (const localAddress of ['127.0.9.1', '127.0.9.2'])
      speakers.push(await Speaker.establish({ port, localAddress }));
    for (const prefix of ['10.1.0.0/16', '10.2.0.0/16', '0.0.0.0/0'])
      speakers[0]!.send(bgp.announce('192.0.2.1', prefix));
    const { program, env } = daemon('chromium');
    browser = await chromium.launch({
      executablePath: program('usr/lib/chromium/chromium'),
      env: { ...process.env, ...env } as Record<string, string>,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await reflector.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    complaints.length = 0;
    requests.length = 0;
    page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
    expect(requests.filter((one) => !one.startsWith(url))).toEqual([]);
  });

  /** Waits for a row of the content with all of these texts. */
  async function row(...texts: readonly string[]): Promise<void> {
    const found = texts.reduce((rows, hasText) => rows.filter({ hasText }), page.locator('#content tr'));
    await found.first().waitFor();
  }

  /** For people who look at them: the folder of the screenshots. */
  async function picture(name: string): Promise<void> {
    const to = process.env.WEB_SCREENSHOTS;
    if (to !== undefined) await page.screenshot({ path: join(to, `${name}.png`), fullPage: true });
  }

  test('shows the peers, and text of peers as text', async () => {
    await row('127.0.9.1', HOSTILE, 'Established', '3', '2');
    await row('127.0.9.3', 'Active');
    await page.getByText('2 established of 3 peers').waitFor();
    await page.getByText('healthy').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Peers - reflectord');
    await picture('peers');
  });

  test('shows one peer, and how the routes of each changed lately', async () => {
    await page.getByRole('link', { name: '127.0.9.3' }).click();
    await page.getByText('Why there is no session').waitFor();
    await page.goto(`${url}#peer/127.0.9.1`);
    await row('ipv4-unicast', '3', '2');
    await picture('peer');
    await page.goto(`${url}#peers`);
    await page
      .getByRole('img', { name: /accepted routes, last [\w ]+: (constant at|between 0 and) 2/ })
      .first()
      .waitFor();
    await picture('sparklines');
  });

  test('draws the map, whose boxes lead to the peers', async () => {
    await page.getByRole('link', { name: 'Map' }).click();
    await page.getByRole('link', { name: 'host 2: 0 routes' }).waitFor();
    await row('client', '3', '2', '2');
    expect(await page.locator('.map line.down').count()).toBe(1);
    await picture('map');
    await page.getByRole('link', { name: 'host 3: Active' }).click();
    await page.getByText('Why there is no session').waitFor();
  });

  test('finds a route, and explains who receives it', async () => {
    await page.getByRole('link', { name: 'Routes' }).click();
    await page.getByLabel('Prefix, address or route').fill('10.1.2.3');
    await page.keyboard.press('Enter');
    await row('127.0.9.1', '192.0.2.1', 'best');
    await row('127.0.9.2', 'yes');
    await row('127.0.9.1', 'no', 'learned from this peer');
    await row('127.0.9.3', 'no', 'the session is not established');
    await row('best path from 127.0.9.1 (the only path)');
    await picture('routes');
    await page.getByLabel('Prefix, address or route').fill('192.168.0.0/16');
    await page.keyboard.press('Enter');
    await page.getByText(/no route|no peer has announced/).waitFor();
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
  });

  test('shows rejected routes with their rule, events, kernel and memory', async () => {
    await page.getByRole('link', { name: 'Rejected' }).click();
    await row('0.0.0.0/0', '127.0.9.1', 'in/no-default', 'hosts send no default');
    await picture('rejected');
    await page.getByRole('link', { name: 'Events' }).click();
    await row('peer.established', '127.0.9.2');
    await picture('events');
    await reflector.ask('drain', { peer: '127.0.9.2' });
    await page.locator('tr.new').filter({ hasText: 'drain' }).waitFor();
    await page.getByRole('link', { name: 'Kernel' }).click();
    await page.getByText('kernel routes are off').waitFor();
    await page.getByRole('link', { name: 'Memory' }).click();
    await row('attribute sets', 'iB');
    await page.getByText('resident').waitFor();
  });

  test('works with the keyboard alone', async () => {
    await row('127.0.9.1');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    for (let n = 0; n < 4; n++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await row('in/no-default');
    expect(await page.locator('nav [aria-current=page]').textContent()).toBe('Rejected');
  });

  test.each(['light', 'dark'] as const)('fits a phone, in %s colors with enough contrast', async (colorScheme) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme });
    for (const view of ['peers', 'map', 'peer/127.0.9.1', 'routes/10.1.0.0%2F16', 'events']) {
      await page.goto(`${url}#${view}`);
      if (view === 'map') await row('client');
      else await page.getByText('127.0.9.1').first().waitFor();
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([view, width]).toEqual([view, 360]);
      await picture(`phone-${colorScheme}-${view.split('/')[0]}`);
    }
    expect(await page.evaluate(CONTRASTS)).toEqual([]);
  });
});

/** Runs in the page: texts with less than 4.5 : 1 against the background (WCAG 2 AA). */
const CONTRASTS = `(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = luminance(getComputedStyle(document.body).backgroundColor);
  const faint = (element) => {
    const { color, fill } = getComputedStyle(element);
    const text = luminance(element.tagName === 'text' ? fill : color);
    return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05) < 4.5;
  };
  const texts = [...document.querySelectorAll('h1, small, h2, nav a, td, td span, p, dt, dd, svg text')];
  return texts.filter((one) => one.textContent !== '' && faint(one)).map((one) => one.outerHTML);
})()`;
