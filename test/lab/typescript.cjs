/** Lets a program of Node.js load the TypeScript sources, as jest does. */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

/** @param edit changes a source before it is compiled: (file, source) => source */
function loadTypeScript(edit = (_file, source) => source) {
  require.extensions['.ts'] = (module, file) => {
    const { code } = transformSync(edit(file, readFileSync(file, 'utf8')), {
      filename: file,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    });
    module._compile(code, file);
  };
}

module.exports = { loadTypeScript };
