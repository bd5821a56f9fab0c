/** The ratios as a bar chart: an SVG that needs nothing else. */
import { keyOf, type Results, type Row, rowsOf, verdictOf } from './results.ts';

const LABEL_WIDTH = 260;
const BAR_WIDTH = 420;
const ROW_HEIGHT = 22;
const TOP = 50;

/** A bar per row: its length is our part of what the best other daemon needs, a mark the part that is wanted. */
export function plotOf(results: Results): string {
  const rows = rowsOf(results).filter(({ ratio }) => ratio !== null);
  const most = Math.max(1.2, ...rows.map(({ ratio, wanted }) => Math.max(ratio ?? 0, wanted)));
  const x = (ratio: number) => LABEL_WIDTH + (ratio / most) * BAR_WIDTH;
  const width = LABEL_WIDTH + BAR_WIDTH + 60;
  const height = TOP + rows.length * ROW_HEIGHT + 20;
  const title = `reflectord divided by the best other daemon (${results.commit}, ${results.at.slice(0, 10)})`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="10" y="20" font-size="14">${escaped(title)}</text>`,
    `<text x="10" y="38" fill="#555">${escaped(`medians of ${results.rounds}; ${results.machine}`)}</text>`,
    ...rows.flatMap((row, i) => bar(row, TOP + i * ROW_HEIGHT, x)),
    `<line x1="${x(1)}" y1="${TOP - 6}" x2="${x(1)}" y2="${height - 10}" stroke="#333" stroke-dasharray="3 3"/>`,
    '</svg>',
    '',
  ].join('\n');
}

function bar(row: Row, y: number, x: (ratio: number) => number): string[] {
  const ratio = row.ratio ?? 0;
  const color = verdictOf(row) === 'reached' ? '#2a7f3f' : '#b3541e';
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${y + 14}" text-anchor="end">${escaped(keyOf(row))}</text>`,
    `<rect x="${x(0)}" y="${y + 3}" width="${(x(ratio) - x(0)).toFixed(1)}" height="14" fill="${color}"/>`,
    `<line x1="${x(row.wanted)}" y1="${y + 1}" x2="${x(row.wanted)}" y2="${y + 19}" stroke="black" stroke-width="2"/>`,
    `<text x="${x(Math.max(ratio, row.wanted)) + 6}" y="${y + 14}">${ratio.toFixed(2)}</text>`,
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
