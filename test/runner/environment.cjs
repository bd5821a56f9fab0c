/**
 * The environment of the tests: Node.js itself. Jest would run each file in a context of `node:vm`, whose globals are slow
 * and where every module is loaded and compiled again for each file. A file must therefore leave the process as it was; this
 * restores what jest itself, its fake timers and its spies change.
 */
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

module.exports = class {
  global = globalThis;
  /** Jest's older fake timers; without them the modern ones are the only ones. */
  fakeTimers = null;
  moduleMocker = new ModuleMocker(globalThis);
  #before = new Map(Reflect.ownKeys(globalThis).map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]));
  #exit = process.exit;
  #environment = { ...process.env };

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    process.exit = this.#exit;
    restore(process.env, this.#environment);
    for (const key of Reflect.ownKeys(globalThis)) {
      const before = this.#before.get(key);
      if (before === undefined) Reflect.deleteProperty(globalThis, key);
      else if (before.configurable && before.value !== undefined) Object.defineProperty(globalThis, key, before);
    }
  }

  /** There is no context apart: jest asks for one. */
  getVmContext() {
    return null;
  }
};

/** Gives `target` the entries of `before`, and no others. */
function restore(target, before) {
  for (const key of Object.keys(target)) if (!(key in before)) delete target[key];
  for (const [key, value] of Object.entries(before)) if (target[key] !== value) target[key] = value;
}
