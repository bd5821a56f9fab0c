/**
 * docs/INTEROP.md, made of the comments `// interop: FEATURE: DAEMON, DAEMON; FEATURE: ...` in front of the tests of
 * test/interop: which test shows that a feature works with a daemon. `npm run interop` writes the page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');
const TESTS = 'test/interop';
export const PAGE = join(REPOSITORY, 'docs/INTEROP.md');

export const DAEMONS = {
  bird1: 'BIRD 1.6.8',
  bird2: 'BIRD 2.0.12',
  frr: 'FRR 8.4.4',
  gobgp: 'GoBGP 3.10',
  openbgpd: 'OpenBGPD 7.7',
  exabgp: 'ExaBGP 4.2',
} as const;
type Daemon = keyof typeof DAEMONS;

/** Why a cell has no test. */
type Gaps = Readonly<Partial<Record<Daemon, string>>>;

interface Feature {
  readonly title: string;
  readonly gaps: Gaps;
}

/** It does not have the feature. */
const LACKS = 'not in this version';
/** Nothing of it is between the daemon and us that another test does not have. */
const SAME = 'not tested: nothing that the daemon adds to a session of the first row';
const UNTRIED = 'not tested';
const NO_KERNEL = 'installs no routes, so keeps none';

function all(daemons: readonly Daemon[], why: string): Gaps {
  return Object.fromEntries(daemons.map((daemon) => [daemon, why]));
}

const OTHERS = ['bird1', 'gobgp', 'openbgpd', 'exabgp'] as const;

export const FEATURES: Readonly<Record<string, Feature>> = {
  reflection: { title: 'Reflection of IPv4 and IPv6 unicast (RFC 4456)', gaps: {} },
  reconnect: { title: 'Sudden death, and everything back', gaps: {} },
  ebgp: { title: 'A neighbor of another AS', gaps: all(OTHERS, SAME) },
  'several reflectors': {
    title: 'A client of two reflectors, several clusters',
    gaps: all(['gobgp', 'openbgpd', 'exabgp'], SAME),
  },
  'add-path': {
    title: 'ADD-PATH (RFC 7911)',
    gaps: { openbgpd: UNTRIED, exabgp: UNTRIED },
  },
  'restarting client': {
    title: 'Graceful restart of a client (RFC 4724)',
    gaps: { ...all(['openbgpd'], 'helps others only'), ...all(['gobgp', 'exabgp'], NO_KERNEL) },
  },
  'restarting reflector': {
    title: 'Graceful restart of the reflector',
    gaps: { openbgpd: UNTRIED, ...all(['gobgp', 'exabgp'], NO_KERNEL) },
  },
  llgr: {
    title: 'Long-lived graceful restart (RFC 9494)',
    gaps: { frr: UNTRIED, openbgpd: LACKS, ...all(['gobgp', 'exabgp'], NO_KERNEL) },
  },
  refresh: {
    title: 'Enhanced route refresh (RFC 7313)',
    gaps: { bird1: UNTRIED, frr: UNTRIED, gobgp: LACKS, openbgpd: UNTRIED, exabgp: UNTRIED },
  },
  'extended messages': {
    title: 'Extended messages (RFC 8654)',
    gaps: { bird1: UNTRIED, gobgp: LACKS, openbgpd: LACKS, exabgp: UNTRIED },
  },
  'shutdown message': { title: 'Shutdown communication (RFC 9003)', gaps: all(OTHERS, UNTRIED) },
  drain: {
    title: 'Graceful shutdown (RFC 8326)',
    gaps: all(OTHERS, 'not tested: a community and LOCAL_PREF, as in the first row'),
  },
  'max-prefix': { title: 'Maximum number of prefixes (RFC 4486)', gaps: all(['bird1', 'openbgpd', 'exabgp'], UNTRIED) },
  'extended next hop': {
    title: 'IPv4 routes with IPv6 next hops (RFC 8950)',
    gaps: { bird1: LACKS, openbgpd: LACKS, exabgp: UNTRIED },
  },
  unnumbered: {
    title: 'Sessions over links without addresses',
    gaps: { bird1: UNTRIED, openbgpd: UNTRIED, exabgp: UNTRIED },
  },
  bfd: { title: 'BFD (RFC 5880 to 5883)', gaps: { bird1: UNTRIED, ...all(['gobgp', 'openbgpd', 'exabgp'], LACKS) } },
  md5: { title: 'TCP MD5 (RFC 2385)', gaps: { bird1: UNTRIED, exabgp: UNTRIED } },
  'ttl security': { title: 'TTL security (RFC 5082)', gaps: all(OTHERS, UNTRIED) },
  multihop: { title: 'A neighbor of another AS, several hops away', gaps: { bird2: UNTRIED, ...all(OTHERS, UNTRIED) } },
  roles: { title: 'BGP roles (RFC 9234)', gaps: { bird1: LACKS, gobgp: LACKS, openbgpd: UNTRIED, exabgp: LACKS } },
  confederation: {
    title: 'Confederations (RFC 5065)',
    gaps: { bird1: UNTRIED, gobgp: UNTRIED, openbgpd: LACKS, exabgp: LACKS },
  },
  'local-as': { title: 'An AS number of its own toward a peer', gaps: all(OTHERS, SAME) },
  'as-override': { title: 'AS numbers replaced toward a site', gaps: { bird2: SAME, ...all(OTHERS, SAME) } },
  aigp: {
    title: 'AIGP (RFC 7311)',
    gaps: { bird1: LACKS, frr: LACKS, gobgp: UNTRIED, openbgpd: LACKS, exabgp: UNTRIED },
  },
  vpn: { title: 'VPN routes (RFC 4364, RFC 4659)', gaps: { bird1: LACKS } },
  evpn: { title: 'EVPN (RFC 7432)', gaps: { bird1: LACKS, bird2: LACKS, openbgpd: LACKS, exabgp: UNTRIED } },
  labeled: {
    title: 'Labeled unicast (RFC 8277)',
    gaps: { bird1: LACKS, gobgp: UNTRIED, openbgpd: LACKS, exabgp: UNTRIED },
  },
  flowspec: { title: 'Flow specifications (RFC 8955, RFC 8956)', gaps: { bird1: LACKS, openbgpd: LACKS } },
  'route targets': {
    title: 'Route target constraint (RFC 4684)',
    gaps: { ...all(['bird1', 'bird2', 'frr', 'openbgpd'], LACKS), exabgp: UNTRIED },
  },
  'link state': {
    title: 'Link state (RFC 9552)',
    gaps: { ...all(['bird1', 'bird2', 'frr', 'openbgpd'], LACKS), exabgp: UNTRIED },
  },
  'sr policy': { title: 'SR policies (RFC 9830)', gaps: all(['bird1', 'bird2', 'frr', 'openbgpd', 'exabgp'], LACKS) },
  mup: {
    title: 'Mobile user plane (draft-ietf-bess-mup-safi)',
    gaps: all(['bird1', 'bird2', 'frr', 'openbgpd', 'exabgp'], LACKS),
  },
  'next-hop cost': {
    title: 'The same choice by the cost of the next hop',
    gaps: all(OTHERS, 'no decision to compare, or not by kernel routes'),
  },
  policy: { title: 'The same result of policies', gaps: all(OTHERS, UNTRIED) },
};

export interface Cell {
  readonly feature: string;
  readonly daemon: string;
  readonly file: string;
  readonly test: string;
}

const TAG = /^\s*\/\/ interop: (.*)$/;
const NAME = /\b(?:test|it)\b[^'`]*(?:\[[^\]]*\][^'`]*)?['`](.*)['`]/;

/** All tags of a file, with the name of the test behind each. */
function cellsOf(file: string): Cell[] {
  const lines = readFileSync(join(REPOSITORY, TESTS, file), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    const tag = TAG.exec(line);
    if (tag === null) return [];
    const code = lines
      .slice(at + 1, at + 4)
      .join(' ')
      .replace(/\[[^\]]*\]/g, '');
    const test = (NAME.exec(code.split(' => ')[0]!)?.[1] ?? '').split(/['`],/)[0]!;
    return tag[1]!.split(';').flatMap((part) => {
      const [feature = '', daemons = ''] = part.split(':').map((word) => word.trim());
      return daemons.split(',').map((daemon) => ({ feature, daemon: daemon.trim(), file, test }));
    });
  });
}

export function cells(): Cell[] {
  const files = readdirSync(join(REPOSITORY, TESTS)).filter((file) => file.endsWith('.test.ts'));
  return files.sort().flatMap(cellsOf);
}

function textOf(feature: string, daemon: Daemon, found: readonly Cell[]): string {
  const shown = found.filter((cell) => cell.feature === feature && cell.daemon === daemon);
  const link = ({ file, test }: Cell) => `[yes](../${TESTS}/${file} "${test.replaceAll('"', "'")}")`;
  return shown.length > 0 ? shown.map(link).join(' ') : (FEATURES[feature]!.gaps[daemon] ?? '?');
}

export function renderInterop(): string {
  const found = cells();
  const names = Object.keys(DAEMONS) as Daemon[];
  const rows = Object.entries(FEATURES).map(([feature, { title }]) => {
    return `| ${title} | ${names.map((daemon) => textOf(feature, daemon, found)).join(' | ')} |`;
  });
  return `# Interoperability

Made from comments in the tests of \`test/interop\` by \`npm run interop\`; do not edit.

Each **yes** is a link to a test that runs the feature between reflectord and the daemon, as an operator would configure it,
in namespaces with real packets; its title is the name of the test. The other cells say why there is none. "Not in this
version" is about the versions of the first row, which the tests run against.

| feature | ${names.map((daemon) => DAEMONS[daemon]).join(' | ')} |
|---|${names.map(() => '---|').join('')}
${rows.join('\n')}

Beside these, tshark reads what reflectord sends without finding anything malformed (\`test/interop/tshark.test.ts\`), and
FRR, BIRD and GoBGP accept every configuration and command of them that docs/ shows (\`test/interop/docs.test.ts\`).
`;
}
