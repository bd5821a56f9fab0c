#!/usr/bin/env node
/**
 * The program: one executable for the daemon and its command line.
 *
 * Only this file is loaded before the version of Node.js is checked, so it imports nothing and uses no syntax or
 * function newer than ES modules themselves: an old Node.js prints the message below, not a stack trace.
 */

/** The minimum version of Node.js, as in `engines` of package.json: major and minor version. */
const OLDEST = [20, 19];
/** Another start would not help (sysexits.h), and systemd does not try one (RestartPreventExitStatus= of the unit). */
const EX_CONFIG = 78;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  import('./cli/start.ts').then(({ start }) => start());
} else {
  process.stderr.write(
    `reflectord needs Node.js ${OLDEST.join('.')} or later; this is ${process.version} (${process.execPath}).
Install a later version, or the reflectord package for Debian and Ubuntu, which includes Node.js.
`,
  );
  process.exitCode = EX_CONFIG;
}
