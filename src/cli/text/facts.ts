/** Pages of named facts: `  Name   text`, the names padded to one width; facts with null are left out. */
import type { Output } from './output.ts';

export type Fact = readonly [name: string, text: string | null];

export async function writeFacts(facts: readonly Fact[], output: Output): Promise<void> {
  const shown = facts.filter(([, text]) => text !== null);
  const width = shown.reduce((widest, [name]) => Math.max(widest, name.length), 0);
  for (const [name, text] of shown) await output.line(`  ${output.paint(name.padEnd(width), 'grey')}  ${text}`);
}
