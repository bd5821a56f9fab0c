/**
 * The runtime of the tests: jest compiles TypeScript and keeps the result on the disk, and Node.js loads the modules. The
 * files of a worker share the modules of the product, which are loaded once per worker, not once per file. Modules of `test`
 * belong to one file, as they may use its `test` and `expect`.
 */
const { createRequire, Module } = require('node:module');
const { join, sep } = require('node:path');
const { default: Runtime } = require('jest-runtime');

const TESTS = join(__dirname, '..') + sep;

/** What jest offers only with a registry of modules per file. */
const SANDBOXED = ['mock', 'doMock', 'setMock', 'createMockFromModule', 'requireMock', 'resetModules', 'isolateModules'];

/** The listeners of jest-circus to its events. */
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');

/** The runtime of the file that runs. */
let current = null;

Module._extensions['.ts'] = (module, file) => module._compile(current.transformCache.transform(file), file);

module.exports = class extends Runtime {
  /** Loads a file of tests, which declares its tests as it runs. */
  requireModule(file) {
    current = this;
    globalThis.jest = this.jestGlobals.jestObjectFor(file);
    for (const name of SANDBOXED) {
      globalThis.jest[name] = () => {
        throw new Error(`jest.${name} does nothing without the sandbox of jest: pass what the test replaces`);
      };
    }
    return createRequire(file)(file);
  }

  /** Loads jest-circus with a state of its own for this file. */
  requireInternalModule(file) {
    Reflect.deleteProperty(globalThis, EVENT_HANDLERS);
    Reflect.deleteProperty(require.cache, file);
    return createRequire(file)(file);
  }

  /** Modules of Node.js are those of Node.js. */
  installGetBuiltinModule() {}

  teardown() {
    for (const file of Object.keys(require.cache)) {
      if (file.startsWith(TESTS) && file.endsWith('.ts')) Reflect.deleteProperty(require.cache, file);
    }
    super.teardown();
  }
};
