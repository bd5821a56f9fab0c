/** Explains YAML syntax errors with the most likely mistake. */
import { type Document, isCollection, isScalar, visit, type YAMLError } from 'yaml';
import { slipAt } from './slips.ts';
import type { SourceFault, Span } from './source.ts';

interface Words {
  readonly what: string;
  readonly expected: string;
}

interface Place {
  readonly error: YAMLError;
  /** The line of the error, and the part of it from the error on. */
  readonly line: string;
  readonly rest: string;
}

const IN_QUOTES = 'the value in quotes';

/** Tried in order. */
const EXPLANATIONS: readonly ((place: Place) => Words | null)[] = [
  // YAML reads `address: ::` as a mapping in a mapping.
  ({ rest }) => {
    const address = /^(?=\S*:\S*:|:)([0-9a-f:.]*:)(?=[\s,}\]]|$)/i.exec(rest)?.[1];
    if (address === undefined || !address.includes('::')) return null;
    return { what: 'a value cannot end with a colon', expected: `the address in quotes: "${address}"` };
  },
  ({ line }) => {
    const endpoint = /:\s+(\[[0-9a-f:.]+\]:\d+)/i.exec(line)?.[1];
    return endpoint === undefined
      ? null
      : { what: 'a bracket starts a list', expected: `address and port in quotes: "${endpoint}"` };
  },
  byCode('TAB_AS_INDENT', 'this line is indented with a tab', 'spaces: YAML does not allow tabs for indentation'),
  byCode('BLOCK_AS_IMPLICIT_KEY', 'a second colon on this line', `one key per line, or ${IN_QUOTES}`),
  byCode('BAD_SCALAR_START', 'a value cannot start with this character', IN_QUOTES),
  byCode('TAG_RESOLVE_FAILED', 'a value cannot start with an exclamation mark', IN_QUOTES),
  byCode('MULTIPLE_DOCS', 'a second document starts here', 'one document: remove this line'),
  ({ error }) =>
    /same column|without - indicator/.test(error.message)
      ? {
          what: 'the indentation differs from the lines around it',
          expected: 'keys of one mapping exactly below each other',
        }
      : null,
];

function byCode(code: string, what: string, expected: string): (place: Place) => Words | null {
  return ({ error }) => (error.code === code ? { what, expected } : null);
}

/** The parser's texts for keys without a colon, and for keys that are indented below a value. */
const SLIPS = /implicit|nested mappings/i;

/** The error as a clear text. */
export function explainSyntax(error: YAMLError, document: Document.Parsed, text: string): SourceFault {
  const [start, end] = error.pos;
  const opened = unclosed(error, document, text);
  if (opened !== null) return opened;
  const slip = SLIPS.test(error.message) ? slipAt(text, start) : null;
  if (slip !== null) return slip;
  const line = lineAround(text, start);
  const place = { error, line: line.text, rest: line.text.slice(start - line.start) };
  const words = EXPLANATIONS.map((explain) => explain(place)).find((each) => each !== null);
  const raw = {
    what: `not YAML: ${error.message.slice(0, 1).toLowerCase()}${error.message.slice(1)}`,
    expected: 'YAML 1.2',
  };
  return { path: [], span: [start, Math.max(start + 1, end)], ...(words ?? raw) };
}

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '[': ']', '{': '}' };

/** A missing quote or bracket, reported where it opens. */
function unclosed(error: YAMLError, document: Document.Parsed, text: string): SourceFault | null {
  if (!/^Missing closing|and end with a [\]}]/.test(error.message)) return null;
  let span: Span | null = null;
  visit(document, {
    Node: (_key, node) => {
      const opens = isScalar(node) || isCollection(node) ? node.range : null;
      if (!opens || opens[0] > error.pos[0] || opens[1] < error.pos[0] || !(text[opens[0]]! in CLOSERS)) return;
      span = [opens[0], opens[0] + 1];
    },
  });
  if (span === null) return null;
  const opener = text[span[0]]!;
  return { path: [], span, what: `this ${opener} is not closed`, expected: `a ${CLOSERS[opener]} where it ends` };
}

function lineAround(text: string, offset: number): { readonly start: number; readonly text: string } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return { start, text: text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '') };
}
