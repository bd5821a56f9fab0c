/**
 * Refuses files that nest deeper than any configuration: the YAML parser is recursive, and a daemon that reads its
 * configuration again must not run out of stack. No I/O, no timers.
 */
import { CST, Lexer } from 'yaml';

/** Brackets and braces within each other. */
const MAX_FLOW_DEPTH = 50;
/** Column at which the last key or dash of nested blocks may stand; each level takes at least one. */
const MAX_BLOCK_COLUMN = 500;

/** Offset of the token that is nested too deeply, or null when there is none. */
export function tooDeepAt(text: string): number | null {
  let offset = 0;
  let lineStart = 0;
  let flowDepth = 0;
  let afterScalarMark = false;
  for (const token of new Lexer().lex(text)) {
    const type = afterScalarMark ? 'scalar' : CST.tokenType(token);
    afterScalarMark = token === CST.SCALAR;
    if (token === CST.SCALAR || token === CST.DOCUMENT || token === CST.FLOW_END) {
      // Marks of the lexer; they are not in the text. A flow that is never closed ends with one.
      if (token === CST.FLOW_END) flowDepth = 0;
      continue;
    }
    if (type === 'flow-map-start' || type === 'flow-seq-start') flowDepth++;
    if (type === 'flow-map-end' || type === 'flow-seq-end') flowDepth--;
    const deepBlock = isBlockIndicator(type) && flowDepth === 0 && offset - lineStart > MAX_BLOCK_COLUMN;
    if (flowDepth > MAX_FLOW_DEPTH || deepBlock) return offset;
    const newline = token.lastIndexOf('\n');
    if (newline >= 0) lineStart = offset + newline + 1;
    offset += token.length;
  }
  return null;
}

function isBlockIndicator(type: string | null): boolean {
  return type === 'seq-item-ind' || type === 'map-value-ind' || type === 'explicit-key-ind';
}
