/**
 * Tests run on the TypeScript sources: swc strips the types and turns modules into CommonJS. Node.js loads them without the
 * sandbox of jest (`test/runner`), which takes twice the time.
 */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: true,
      },
    ],
  },
  extensionsToTreatAsEsm: [],
  runtime: '<rootDir>/test/runner/runtime.cjs',
  testEnvironment: '<rootDir>/test/runner/environment.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/runner/families.ts'],
  // Node.js itself uses these.
  fakeTimers: { doNotFake: ['nextTick'] },
  // Only what hangs shall fail by its time: the machine may be busy.
  testTimeout: 30_000,
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.cache'],
};
