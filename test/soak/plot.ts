/** The samples of a soak as an SVG that needs nothing else: one curve below the other over the same time. */
import type { Report, Sample } from './soak.ts';

const WIDTH = 760;
const LEFT = 190;
const HEIGHT = 70;
const TOP = 50;

const CURVES: readonly (readonly [name: Exclude<keyof Sample, 'seconds'>, title: string])[] = [
  ['residentMiB', 'resident size (MiB)'],
  ['heapMiB', 'heap of V8 (MiB)'],
  ['descriptors', 'file descriptors'],
  ['timers', 'timers'],
  ['delayP99Ms', 'event loop delay, p99 (ms)'],
  ['delayMaxMs', 'event loop delay, max (ms)'],
];

export function plotOf({ samples, seconds, peers, routes }: Report): string {
  const until = samples.at(-1)?.seconds ?? 1;
  const x = (at: number) => LEFT + (at / until) * (WIDTH - LEFT - 20);
  const curves = CURVES.flatMap(([name, title], i) => {
    const values = samples.map((one) => one[name]);
    const most = Math.max(1, ...values);
    const floor = TOP + (i + 1) * HEIGHT - 15;
    const y = (value: number) => floor - (value / most) * (HEIGHT - 25);
    const points = samples.map((one) => `${x(one.seconds).toFixed(1)},${y(one[name]).toFixed(1)}`).join(' ');
    return [
      `<text x="10" y="${floor - 25}">${title}</text>`,
      `<text x="10" y="${floor - 9}" fill="#555">${Math.min(...values)} to ${most}</text>`,
      `<line x1="${LEFT}" y1="${floor}" x2="${WIDTH - 20}" y2="${floor}" stroke="#bbb"/>`,
      `<polyline points="${points}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>`,
    ];
  });
  const height = TOP + CURVES.length * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="10" y="22" font-size="14">${(seconds / 60).toFixed(0)} minutes with ${peers} peers and ${routes} routes</text>`,
    '<text x="10" y="38" fill="#555">each curve begins at zero</text>',
    ...curves,
    '</svg>',
    '',
  ].join('\n');
}
