/** `show policies`: one line per rule, with the routes held whose import ended at it. */
import type { PolicyRuleView, PolicyTestView, RuleCountsView } from '../../engine/api/policy-views.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { writeTrace } from './explain.ts';

const COLUMNS: readonly Column<PolicyRuleView>[] = [
  { title: 'RULE', value: (row) => row.rule },
  { title: 'ACCEPTED', value: (row) => String(row.accepted), align: 'right' },
  { title: 'REJECTED', value: (row) => String(row.rejected), align: 'right' },
  { title: 'AT', value: (row) => row.place },
  { title: 'BECAUSE', value: (row) => row.because },
];

const COUNTS: readonly Column<RuleCountsView>[] = [
  ...COLUMNS.slice(0, 3),
  { title: 'EXPORTS ACCEPTED', value: (row) => String(row.exportsAccepted), align: 'right' },
  { title: 'EXPORTS REJECTED', value: (row) => String(row.exportsRejected), align: 'right' },
  ...COLUMNS.slice(3),
];

export async function writePolicies(rules: AsyncIterable<RuleCountsView>, output: Output): Promise<void> {
  const shown = await writeTable(COUNTS, rules, output);
  if (shown === 0) await output.line('no peer imports or exports by a policy');
  else
    await output.line(
      output.paint(
        'Imports count routes, exports distinct cases. `policy test PEER --to` counts the routes of an export.',
        'grey',
      ),
    );
}

/** `policy test`: what each rule did to one route, or how many routes in the tables end at each rule. */
export async function writePolicyTest(results: AsyncIterable<PolicyTestView>, output: Output): Promise<void> {
  const rules: PolicyRuleView[] = [];
  let traced = 0;
  for await (const result of results) {
    if (result.kind === 'rule') rules.push(result.rule);
    else await writeTrace(result.prefix, result.trace, output);
    traced += result.kind === 'route' ? 1 : 0;
  }
  if (traced === 0 && (await writeTable(COLUMNS, rules, output)) === 0) await output.line('no routes');
}
