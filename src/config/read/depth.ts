/**
 * Rejects files that are nested too deeply: the YAML parser is recursive, and a daemon that reads its configuration again
 * must not run out of stack.
 */
import { CST, Lexer } from 'yaml';

/** Maximum nesting of brackets and braces. */
const MAX_FLOW_DEPTH = 50;
/** Maximum column of a key or dash of a block; each level takes at least one column. */
const MAX_BLOCK_COLUMN = 500;

/** Offset of the first token that is nested too deeply, or null. */
export function tooDeepAt(text: string): number | null {
  let offset = 0;
  let lineStart = 0;
  let flowDepth = 0;
  let afterScalarMark = false;
  for (const token of new Lexer().lex(text)) {
    const type = afterScalarMark ? 'scalar' : CST.tokenType(token);
    afterScalarMark = token === CST.SCALAR;
    if (token === CST.SCALAR || token === CST.DOCUMENT || token === CST.FLOW_END) {
      // Marks of the lexer; they are not in the text. A flow that is not closed ends with one.
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
