/** `npm run interop`: writes docs/INTEROP.md. */
const { writeFileSync } = require('node:fs');
const { loadTypeScript } = require('../lab/typescript.cjs');

loadTypeScript();
const { PAGE, renderInterop } = require('./interop-matrix.ts');
writeFileSync(PAGE, renderInterop());
