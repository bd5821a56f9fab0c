/** Checks the families that are configured by number, and how many there are. */
import { knownFamily, opaqueFamily } from '../../wire/families/catalog.ts';
import { FAMILIES, familyOf, MAX_FAMILIES } from '../../wire/families.ts';
import type { Path } from '../problems/problems.ts';
import { type FamilySetting, familyNameOf } from '../values/families.ts';
import { type CheckContext, subjects } from './context.ts';
import type { Report } from './report.ts';

type ByNumber = Exclude<FamilySetting, string>;

/** One framing for each AFI/SAFI, also while the daemon runs; no numbers for a family that has a name. */
export function checkFamilies(context: CheckContext): void {
  const { report } = context;
  const framings = new Map<string, ByNumber>();
  const names = new Set(FAMILIES.map(({ name }) => name));
  for (const subject of subjects(context)) {
    if (!subject.says('families') || report.isUnsure(subject, 'families')) continue;
    for (const [at, family] of subject.get('families').entries()) {
      const path = [...subject.path, 'families', at];
      names.add(familyNameOf(family));
      if (typeof family === 'string') continue;
      const first = framings.get(familyNameOf(family)) ?? family;
      framings.set(familyNameOf(family), first);
      checkByNumber(family, first, path, report);
    }
    if (names.size > MAX_FAMILIES) {
      const what = `there are more than ${MAX_FAMILIES} families`;
      report.error([...subject.path, 'families'], what, `at most ${MAX_FAMILIES} families in all peers and groups`);
      return;
    }
  }
}

function checkByNumber(family: ByNumber, first: ByNumber, path: Path, report: Report): void {
  const { afi, safi, nlri } = family;
  const known = knownFamily(afi, safi);
  const numbers = `AFI ${afi} SAFI ${safi}`;
  if (known !== undefined && known.name !== familyNameOf(family)) {
    report.error(path, `${numbers} has a name`, `\`${known.name}\``);
  } else if (first.nlri !== nlri) {
    const what = `${numbers} has \`nlri: ${first.nlri}\` elsewhere, and routes are exchanged between all peers`;
    report.error([...path, 'nlri'], what, 'the same `nlri` everywhere');
  } else if (familyOf(afi, safi) !== undefined && familyOf(afi, safi)!.codec !== opaqueFamily(afi, safi, nlri).codec) {
    const what = `the running daemon has routes of ${numbers} with another \`nlri\``;
    report.error([...path, 'nlri'], what, 'the `nlri` that it has, or a restart of the daemon');
  }
}
