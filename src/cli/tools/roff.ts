/** Converts the Markdown of our generated pages to the macros of man(7). */

/**
 * Converts headings, paragraphs, lists, tables and fenced code. A table becomes a list of its first column; the other
 * cells follow with the headings of their columns.
 */
export function markdownToRoff(markdown: string): string {
  const blocks = markdown.trim().split(/\n{2,}/);
  return `${joinFences(blocks).map(blockToRoff).join('\n')}\n`;
}

/** Running text as a paragraph. */
export function roffText(markdown: string): string {
  return `.PP\n${inline(markdown)}`;
}

/** Fenced code may contain empty lines: joins its pieces. */
function joinFences(blocks: readonly string[]): string[] {
  const joined: string[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (last !== undefined && isOpenFence(last)) joined[joined.length - 1] = `${last}\n\n${block}`;
    else joined.push(block);
  }
  return joined;
}

function isOpenFence(text: string): boolean {
  return (text.match(/^```/gm) ?? []).length % 2 === 1;
}

function blockToRoff(block: string): string {
  const heading = /^(#+) (.*)$/s.exec(block);
  if (heading !== null) return `.SH ${inline(heading[2]!).toUpperCase()}`;
  const fence = /^([\s\S]*?)^```\w*\n([\s\S]*?)^```$([\s\S]*)/m.exec(block);
  if (fence !== null) return [before(fence[1]!), code(fence[2]!), before(fence[3]!)].filter((one) => one).join('\n');
  if (block.startsWith('|')) return table(block);
  if (block.startsWith('- ')) return list(block);
  return roffText(block);
}

function before(text: string): string {
  return text.trim() === '' ? '' : blockToRoff(text.trim());
}

function code(text: string): string {
  const lines = text.trimEnd().split('\n').map(escaped).map(guarded);
  return `.PP\n.nf\n.RS 4\n${lines.join('\n')}\n.RE\n.fi`;
}

function list(block: string): string {
  const items = block.split(/^- /m).slice(1);
  return items
    .map((item) => {
      const term = /^\*\*.*?\*\*(?:, \*\*.*?\*\*)*:/s.exec(item);
      if (term === null) return `.IP \\(bu 2\n${inline(item)}`;
      return `.TP\n${inline(term[0].slice(0, -1))}\n${inline(item.slice(term[0].length))}`;
    })
    .join('\n');
}

function table(block: string): string {
  const [head, , ...rows] = block.split('\n').map(cells);
  return rows
    .map(([term, ...rest]) => {
      // The last column is the text; the columns between describe it.
      const about = rest.slice(0, -1).flatMap((cell, i) => (cell === '' ? [] : [`${head![i + 1]}: ${cell}.`]));
      return `.TP\n${inline(term!)}\n${[rest.at(-1)!, ...about].map(inline).join('\n.br\n')}`;
    })
    .join('\n');
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Code and strong words become bold; a link becomes its text. */
function inline(markdown: string): string {
  const text = markdown.trim().replaceAll(/\s*\n\s*/g, ' ');
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/);
  return guarded(parts.map(inlinePart).join(''));
}

function inlinePart(part: string): string {
  const strong = /^`([^`]+)`$/.exec(part) ?? /^\*\*([^*]+)\*\*$/.exec(part);
  if (strong !== null) return `\\fB${escaped(strong[1]!)}\\fR`;
  const link = /^\[([^\]]+)\]\([^)]+\)$/.exec(part);
  return link === null ? escaped(part) : inlinePart(link[1]!);
}

/** Dashes of options become minus signs, which a terminal shows and copies as typed. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('`', '\\(ga').replaceAll("'", '\\(aq');
}

/** Escapes a line of text that begins like a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
