/** Manual pages: of the commands, from the program itself, and of the configuration, from its reference page. */

import { DEFAULT_SOCKET } from '../cli/program.ts';
import { renderConfigReference } from '../config/reference/reference.ts';
import { type CommandNode, commandTree, flatten } from './command-tree.ts';
import { markdownToRoff, roffText } from './roff.ts';

const NOTICE = '.\\" Made by `npm run generate`; do not edit.\n';

/** reflectord(8). */
export function renderCommandManual(): string {
  const program = commandTree();
  const commands = flatten(program).filter(({ path, commands }) => path !== '' && commands.length === 0);
  return [
    `${NOTICE}.TH REFLECTORD 8 "" reflectord "System administration"`,
    '.SH NAME',
    'reflectord \\- a BGP route reflector',
    '.SH SYNOPSIS',
    '.B reflectord',
    '.RI [ options ] " command " [ arguments ]',
    '.SH DESCRIPTION',
    roffText(
      'reflectord reflects BGP routes between its peers (RFC 4456) and can install the best ones in the kernel. ' +
        '`reflectord run` is the daemon; every other command asks or changes a running one over its control socket, ' +
        'except for `check` and `demo`.',
    ),
    roffText('The package runs it as the systemd service `reflectord`, with /etc/reflectord/reflectord.yaml.'),
    '.SH OPTIONS',
    ...program.options.map(({ term, help }) => item(term, help)),
    '.SH COMMANDS',
    ...commands.map(commandEntry),
    markdownToRoff(COMMAND_WORDS),
  ].join('\n');
}

/** reflectord.yaml(5). */
export function renderConfigManual(): string {
  const reference = renderConfigReference();
  return [
    `${NOTICE}.TH REFLECTORD.YAML 5 "" reflectord "File formats"`,
    '.SH NAME',
    'reflectord.yaml \\- configuration of the BGP route reflector reflectord',
    '.SH DESCRIPTION',
    markdownToRoff(reference.replace(/^# .*\n\n.*\n\n/, '')),
    '.SH SEE ALSO',
    '.BR reflectord (8)\n',
  ].join('\n');
}

function commandEntry(node: CommandNode): string {
  const usage = ['reflectord', node.path, ...node.arguments.map(({ term }) => term)].join(' ');
  const options = node.options.filter(({ names }) => !names.includes('--help'));
  const parts = [...node.arguments, ...options].filter(({ help }) => help !== '');
  return [
    `.SS ${quoted(usage)}`,
    roffText(`${node.summary.charAt(0).toUpperCase()}${node.summary.slice(1)}.`),
    ...parts.map(({ term, help }) => item(term, help)),
  ].join('\n');
}

function item(term: string, help: string): string {
  return `.TP\n.B ${quoted(term)}\n${roffText(help).replace(/^\.PP\n/, '')}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('-', '\\-')}"`;
}

const COMMAND_WORDS = `
## Signals

- **SIGHUP**: reads the configuration again, as \`reflectord reload\` does.
- **SIGTERM**, **SIGINT**: a planned stop. Peers with graceful restart keep the routes for the restart time.

## Environment

- **REFLECTORD_SOCKET**: path of the control socket, instead of \`${DEFAULT_SOCKET}\`.
- **NO_COLOR**: no color, also on a terminal.

## Exit status

- **0**: done.
- **1**: the daemon, the system or a file refused; the reason is on standard error.
- **2**: the command line is wrong.
- **78**: \`run\` cannot start with this configuration or this version of Node.js; starting it again does not help.

## Files

- **/etc/reflectord/reflectord.yaml**: configuration of the service.
- **${DEFAULT_SOCKET}**: control socket; its owner and the group \`reflectord\` may use it.

## See also

\`reflectord.yaml\`(5), \`systemctl\`(1), \`journalctl\`(1)
`;
