/** Words for what the YAML parser refuses, with what a writer of configurations most likely did. No I/O, no timers. */
import type { YAMLError } from 'yaml';
import type { SourceFault, Span } from './source.ts';

interface Explanation {
  readonly what: string;
  readonly right: string;
}

/** Rows are tried in order, against the code of the error and the line on which it stands. */
const EXPLANATIONS: readonly {
  readonly code: RegExp;
  readonly line?: RegExp;
  readonly say: (line: string) => Explanation;
}[] = [
  {
    code: /^TAB_AS_INDENT$/,
    say: () => ({ what: 'a tab indents this line', right: 'spaces: YAML does not take tabs for indentation' }),
  },
  {
    code: /./,
    line: /:\s+['"]?[0-9a-f:.]*::?['"]?\s*(#.*)?$/i,
    say: (line) => {
      const address = /:\s+([0-9a-f:.]*:)\s*(?:#.*)?$/i.exec(line)?.[1] ?? '::';
      return { what: 'a value cannot end in a colon', right: `the address in quotes: "${address}"` };
    },
  },
  {
    code: /./,
    line: /:\s+\[[0-9a-f:.]+\]:\d+/i,
    say: (line) => {
      const text = /\[[0-9a-f:.]+\]:\d+/i.exec(line)![0];
      return { what: 'a bracket begins a list', right: `address and port in quotes: "${text}"` };
    },
  },
  {
    code: /^BLOCK_AS_IMPLICIT_KEY$/,
    say: () => ({ what: 'a second colon on this line', right: 'one key on a line, or the value in quotes' }),
  },
  {
    code: /^BAD_SCALAR_START$/,
    say: () => ({ what: 'a value cannot begin with this character', right: 'the value in quotes' }),
  },
  {
    code: /^(BAD_INDENT|MISSING_CHAR)$/,
    say: () => ({ what: 'something is not closed, or not indented as the lines around it', right: BALANCED }),
  },
  {
    code: /^TAG_RESOLVE_FAILED$/,
    say: () => ({ what: 'a value cannot begin with an exclamation mark', right: 'the value in quotes, or without it' }),
  },
  {
    code: /^MULTIPLE_DOCS$/,
    say: () => ({ what: 'a second document begins here', right: 'one document: remove this line' }),
  },
];

const BALANCED = 'closed quotes and brackets, and keys of one mapping exactly below each other';

/** The error in words for people. */
export function explainSyntax(error: YAMLError, text: string): SourceFault {
  const span: Span = [error.pos[0], Math.max(error.pos[0] + 1, error.pos[1])];
  const start = text.lastIndexOf('\n', span[0] - 1) + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
  const row = EXPLANATIONS.find((each) => each.code.test(error.code) && (each.line?.test(line) ?? true));
  const words = row?.say(line) ?? { what: `not YAML: ${lowerFirst(error.message)}`, right: 'YAML 1.2' };
  return { path: [], span, ...words };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
