/** Reads YAML as values with their places: with our reader of plain YAML if it can, else with the library. */
import { LineCounter, parseDocument } from 'yaml';
import { tooDeepAt } from './depth.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { readSource, type SourceFault, type SourceNode } from './source.ts';
import { explainSyntax } from './syntax.ts';

interface Yaml {
  readonly root: SourceNode;
  /** What is not accepted here although it is YAML. */
  readonly faults: readonly SourceFault[];
  readonly syntax: readonly SourceFault[];
  /** Offsets of the syntax errors. */
  readonly spoilt: readonly number[];
  readonly lines: LineCounter;
}

/** A text as values; `deep`: offset of what is nested too deeply. */
export function readYaml(text: string): Yaml | { readonly deep: number } {
  const plain = readPlainYaml(text);
  if (plain !== null) return { root: plain, faults: [], syntax: [], spoilt: [], lines: linesOf(text) };
  const deep = tooDeepAt(text);
  if (deep !== null) return { deep };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', uniqueKeys: false });
  const { root, faults } = readSource(document);
  const syntax = distinct([...document.errors, ...document.warnings].map((e) => explainSyntax(e, document, text)));
  const spoilt = [...syntax.map(({ span }) => span[0]), ...document.errors.map(({ pos }) => pos[0])];
  return { root, faults, syntax, spoilt, lines };
}

/** The starts of all lines. */
export function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  for (let at = 0; ; ) {
    lines.addNewLine(at);
    const end = text.indexOf('\n', at);
    if (end < 0) return lines;
    at = end + 1;
  }
}

/** The parser may report one mistake several times. */
function distinct(faults: readonly SourceFault[]): SourceFault[] {
  const first = new Map(faults.toReversed().map((fault) => [`${fault.span[0]} ${fault.what}`, fault]));
  return faults.filter((fault) => first.get(`${fault.span[0]} ${fault.what}`) === fault);
}
