/** `npm run generate`: writes the generated files that are committed, below the current directory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GENERATED } from './generated.ts';

for (const { path, render } of GENERATED) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, render());
  process.stdout.write(`${path}\n`);
}
