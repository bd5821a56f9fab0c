/** The help of every command has examples, and each of them is a command of the program. */
import { commandTree, flatten } from '../../src/cli/tools/command-tree.ts';
import { callsIn, problemOf } from './command-lines.ts';

test.each(flatten(commandTree()).map((node) => [node.path || 'reflectord', node] as const))(
  '%s',
  (_, { path, examples }) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const [words] = callsIn(example);
      expect([example, problemOf(words!)]).toEqual([example, null]);
      expect(words!.join(' ').startsWith(path)).toBe(true);
    }
  },
);
