/** Completion, in the shells themselves: what is offered is what the program knows. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandTree, flatten } from '../../src/cli/tools/command-tree.ts';
import { daemon } from '../lab/daemons.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeWithDaemons } from '../lab/requirements.ts';

const COMPLETION = join(REPOSITORY, 'packaging/completion');
const PEERS = ['10.99.0.2', 'fd99::2', 'fd99::3'];
const nodes = flatten(commandTree());

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflectord-completion-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'here.yaml'), '');
  // The last one is what no peer is called: it must not reach the shell as words of a command.
  const items = [...PEERS, '$(touch hacked)'].map((address) => JSON.stringify({ address, port: 179 }));
  const program = join(folder, 'bin/reflectord');
  writeFileSync(program, `#!/bin/sh\n[ "$*" = "show peers --json" ] && cat <<'END'\n[\n${items.join(',\n')}\n]\nEND\n`);
  chmodSync(program, 0o755);
  env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder, XDG_DATA_HOME: folder };
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): string[] {
  const text = execFileSync(command, args, { cwd: folder, env: { ...env, ...more }, encoding: 'utf8' });
  return text.split('\n').filter((line) => line !== '');
}

const quoted = (word: string) => `'${word}'`;

/** What each shell offers for the last of the words. */
const SHELLS = {
  bash(words: readonly string[]): string[] {
    const script = `source ${COMPLETION}/reflectord.bash
COMP_WORDS=(reflectord ${words.map(quoted).join(' ')}); COMP_CWORD=${words.length}
_reflectord; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', script]);
  },
  zsh(words: readonly string[]): string[] {
    const { program, env: libraries } = daemon('zsh');
    // What draws the menu is left out: it is given the words, with their descriptions after a colon.
    const script = `module_path=(${program('usr/lib')}/*/zsh/*(N)); compdef() {}; _files() { print -l -- *; }
compadd() { if [[ $1 == -a ]]; then print -l -- \${(P)2}; else shift; print -l -- "$@"; fi; }
_describe() { local name="\${@[-1]}" each; for each in "\${(@P)name}"; print -r -- \${\${each//\\\\:/_}%%:*}; }
source ${COMPLETION}/_reflectord
words=(reflectord ${words.map(quoted).join(' ')}); CURRENT=${words.length + 1}
_reflectord`;
    const offered = run(program('bin/zsh'), ['-f', '-c', script], libraries);
    return offered.filter((word) => word.startsWith(words.at(-1)!));
  },
  fish(words: readonly string[]): string[] {
    const { program, env: libraries } = daemon('fish');
    const script = `source ${COMPLETION}/reflectord.fish; complete -C ${quoted(`reflectord ${words.join(' ')}`)}`;
    const offered = run(program('usr/bin/fish'), ['--no-config', '-c', script], libraries);
    return offered.map((line) => line.split('\t')[0]!);
  },
};

describeWithDaemons(['zsh', 'fish'], 'completion', () => {
  describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
    const offered = (...words: string[]) => SHELLS[shell](words).sort();

    test('offers the subcommands of every command', () => {
      for (const { path, commands } of nodes.filter(({ commands }) => commands.length > 0)) {
        const names = commands.map((one) => one.path.split(' ').at(-1)).sort();
        expect([path, offered(...path.split(' ').filter((word) => word !== ''), '')]).toEqual([path, names]);
      }
    });

    // One shell of each kind is enough for all commands; they share their loops.
    test('offers the long options of every command', () => {
      const some = shell === 'bash' ? nodes : nodes.filter(({ path }) => ['', 'show rib', 'stop'].includes(path));
      for (const { path, options } of some) {
        const names = options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))).sort();
        const words = [...path.split(' ').filter((word) => word !== ''), '--'];
        expect([path, offered(...words)]).toEqual([path, names]);
      }
    });

    test('offers the peers of the daemon, for an argument and for an option, and nothing else that it says', () => {
      expect(offered('show', 'peer', '')).toEqual(PEERS);
      expect(offered('reset', '10')).toEqual(['10.99.0.2']);
      expect(offered('show', 'rib', '--family', 'ipv4-unicast', '--peer', '')).toEqual(PEERS);
    });

    test('offers files where a file is wanted, and nothing after the last argument', () => {
      expect(offered('run', '')).toContain('here.yaml');
      expect(offered('--socket', '/run/other', 'check', '')).toContain('here.yaml');
      expect(offered('show', 'peer', '10.99.0.2', '')).toContain('advertised');
      expect(offered('show', 'peer', '10.99.0.2', 'advertised', '')).toEqual([]);
    });
  });

  test('the shells find no mistake in the files', () => {
    run('bash', ['-n', join(COMPLETION, 'reflectord.bash')]);
    for (const [shell, path, file] of [
      ['zsh', 'bin/zsh', '_reflectord'],
      ['fish', 'usr/bin/fish', 'reflectord.fish'],
    ] as const) {
      const { program, env: libraries } = daemon(shell);
      run(program(path), ['-n', join(COMPLETION, file)], libraries);
    }
  });
});
