/** docs/INTEROP.md is what the tests say, and has no cell without a test or a reason. */
import { readFileSync } from 'node:fs';
import { cells, DAEMONS, FEATURES, PAGE, renderInterop } from './interop-matrix.ts';

const found = cells();

test('the page is the generated one (`npm run interop`)', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(renderInterop());
});

test('every comment names a feature and a daemon of the page, and stands in front of a test', () => {
  const wrong = found.filter(
    ({ feature, daemon, test: name }) => !(feature in FEATURES && daemon in DAEMONS) || name === '',
  );
  expect(wrong).toEqual([]);
});

test('every cell has a test or a reason, and not both', () => {
  const cellsOfPage = Object.entries(FEATURES).flatMap(([feature, { gaps }]) => {
    return Object.keys(DAEMONS).map((daemon) => ({ feature, daemon, why: (gaps as Record<string, string>)[daemon] }));
  });
  const isTested = (feature: string, daemon: string) => {
    return found.some((cell) => cell.feature === feature && cell.daemon === daemon);
  };
  expect(cellsOfPage.filter(({ feature, daemon, why }) => isTested(feature, daemon) === (why !== undefined))).toEqual(
    [],
  );
});
