/** A reporter of jest that writes which files failed to the file that TEST_RESULTS names; `run.mjs` reads it. */
const { writeFileSync } = require('node:fs');

module.exports = class {
  onRunComplete(_contexts, { testResults }) {
    const rows = testResults.map(({ testFilePath, numFailingTests, testExecError }) => ({
      name: testFilePath,
      status: numFailingTests > 0 || testExecError ? 'failed' : 'passed',
    }));
    writeFileSync(process.env.TEST_RESULTS, JSON.stringify({ testResults: rows }));
  }
};
