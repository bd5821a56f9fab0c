/** All checks across keys, one row each. */

import {
  checkClients,
  checkEbgpPolicy,
  checkExternalOnly,
  checkIdleClusterSettings,
  checkMissingAs,
  checkMixedAs,
  checkReservedAs,
  checkRoles,
} from './as-numbers.ts';
import { checkBfdHops, checkBfdTimes } from './bfd.ts';
import { checkConfederation, checkIdentifierPeers } from './confederation.ts';
import type { Check, CheckContext } from './context.ts';
import { checkDampedInside, checkDamping } from './damping.ts';
import { checkFamilies } from './families.ts';
import { checkFibEffects, checkInstallRules, checkNextHopCosts, checkNexthopIds, checkSources } from './fib.ts';
import { checkPrefixLimits } from './limits.ts';
import { checkLocalAs } from './local-as.ts';
import {
  checkDescriptions,
  checkDuplicatePeers,
  checkDuplicateRanges,
  checkLinks,
  checkNamedClients,
  checkNoPeers,
  checkOwnAddress,
  checkPeerIsSelf,
  checkReachable,
  checkUnknownGroups,
  checkUnusedGroups,
  checkWhereabouts,
} from './peers.ts';
import { checkControl, checkFib, checkListen } from './services.ts';
import {
  checkExtendedNextHop,
  checkIdleHold,
  checkIdlePaths,
  checkIdlePort,
  checkKeepalive,
  checkLocalAddress,
  checkNextHop,
} from './sessions.ts';
import { checkPasswords, checkRangePasswords, checkTtl } from './transport.ts';

const CHECKS: readonly Check[] = [
  checkReservedAs,
  checkConfederation,
  checkIdentifierPeers,
  checkMixedAs,
  checkMissingAs,
  checkClients,
  checkIdleClusterSettings,
  checkEbgpPolicy,
  checkExternalOnly,
  checkLocalAs,
  checkKeepalive,
  checkIdleHold,
  checkLocalAddress,
  checkNextHop,
  checkExtendedNextHop,
  checkFamilies,
  checkIdlePort,
  checkIdlePaths,
  checkBfdHops,
  checkBfdTimes,
  checkPasswords,
  checkRangePasswords,
  checkTtl,
  checkRoles,
  checkPrefixLimits,
  checkDamping,
  checkDampedInside,
  checkUnknownGroups,
  checkWhereabouts,
  checkLinks,
  checkDuplicatePeers,
  checkDuplicateRanges,
  checkOwnAddress,
  checkPeerIsSelf,
  checkDescriptions,
  checkNamedClients,
  checkUnusedGroups,
  checkNoPeers,
  checkReachable,
  checkListen,
  checkControl,
  checkFib,
  checkSources,
  checkInstallRules,
  checkNextHopCosts,
  checkNexthopIds,
  checkFibEffects,
];

/** Reports all contradictions between keys. */
export function runChecks(context: CheckContext): void {
  for (const check of CHECKS) check(context);
}
