/** Holds the floors of docs/ARCHITECTURE.md: nothing imports upward, rooms of one floor do not know each other, no circles. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const SRC = join(__dirname, '..', 'src');

/**
 * The rooms, from the lowest floor to the highest. A room is a folder with its files, without those of the folders in it.
 * A file may import from its own room and from lower floors: never upward, and never from a neighboring room.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['lib'],
  ['lib/tables'],
  ['wire'],
  ['wire/communities'],
  ['wire/families/parts'],
  ['wire/families/flow-rules', 'wire/families/link-state'],
  ['wire/families'],
  ['wire/attributes'],
  ['wire/open', 'wire/update'],
  ['spec'],
  ['policy/match'],
  ['policy/route'],
  ['policy/rules'],
  ['policy'],
  ['fsm', 'bfd', 'rib/tables', 'fib/port'],
  ['rib/peers', 'fib/plan'],
  ['rib/attributes', 'fib/next-hops'],
  ['rib/paths', 'fib/upkeep'],
  ['rib/flows'],
  ['rib', 'fib/driver'],
  ['reflect/encode'],
  ['reflect/advertise'],
  ['reflect'],
  ['engine/events'],
  ['engine/ports', 'engine/api'],
  ['engine/connection', 'engine/limits', 'engine/watch', 'engine/route-history'],
  ['engine/session', 'engine/turn'],
  ['engine/peer'],
  ['engine/admission'],
  ['engine'],
  ['engine/fib-feed'],
  ['engine/show'],
  ['engine/trial'],
  ['engine/show/search'],
  ['engine/show/routes'],
  ['config/problems'],
  ['config/values'],
  ['config/settings'],
  ['config/schema'],
  ['config/policy'],
  ['config/resolve', 'config/reference'],
  ['config/checks', 'config/reload'],
  ['config/policy-checks'],
  ['config/read'],
  ['io/system', 'io/log'],
  ['io/loop'],
  ['io/net', 'io/http', 'io/history', 'io/iproute2/ip'],
  ['io/bfd', 'io/control', 'io/metrics', 'io/web', 'io/iproute2/resolution'],
  ['io/iproute2'],
  ['io/neighbors'],
  ['daemon/kernel'],
  ['daemon/parts'],
  ['daemon/reload'],
  ['daemon/config-text'],
  ['daemon/operate', 'daemon/policy', 'daemon/health', 'daemon/start'],
  ['daemon'],
  ['cli/demo', 'cli/text'],
  ['cli/pages', 'cli/pages/operate'],
  ['cli/pages/routes'],
  ['cli'],
  ['cli/tools'],
  ['.'],
];

const FLOOR_OF = new Map(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor])));

/** Rooms below this one are pure: they use neither Node nor packages with I/O. */
const NODE_FLOOR = FLOOR_OF.get('io/system') as number;
/** Packages that pure code may use: text and schemas, no I/O. */
const PURE_PACKAGES = ['ip-address', 'yaml', 'zod'];
/** A folder with more files than this is a drawer: which idea wants a room of its own? */
const MOST_FILES = 15;

interface Import {
  readonly file: string;
  readonly room: string;
  /** What the import names. */
  readonly to: string;
  /** The file that is imported; null: a package. */
  readonly target: string | null;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/^(?:import (?:.* from )?|export .* from |\} from |.*\bimport\()'([^']+)'/gm)].map(
    ([, to]) => ({
      file,
      room: dirname(file),
      to,
      target: to.startsWith('.') ? normalize(join(dirname(file), to)) : null,
    }),
  );
}

function floorOf(file: string): number {
  return FLOOR_OF.get(dirname(file)) as number;
}

/** Files that import each other in a circle, type-only imports included: the first circle found from each file. */
function circles(all: readonly Import[]): string[][] {
  const next = new Map(FILES.map((file) => [file, all.filter((row) => row.file === file).map(({ target }) => target)]));
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (file: string, trail: readonly string[]) => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file]);
    if (trail.includes(file) || done.has(file)) return;
    for (const target of next.get(file) ?? []) if (target !== null) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
  return found;
}

describe('floors', () => {
  const all = FILES.flatMap(importsOf);
  const inside = all.filter((row): row is Import & { target: string } => row.target !== null);

  test('every folder is a room of the table, and every room is a folder', () => {
    expect([...new Set(FILES.map((file) => dirname(file)))].sort()).toEqual([...FLOOR_OF.keys()].sort());
  });

  test('no file imports upward, or from a neighboring room of its floor', () => {
    const wrong = inside.filter((row) => {
      return dirname(row.target) !== row.room && floorOf(row.target) >= floorOf(row.file);
    });
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    expect(circles(inside)).toEqual([]);
  });

  test('no folder has too many files', () => {
    const counts = [...FLOOR_OF.keys()].map(
      (room) => [room, FILES.filter((file) => dirname(file) === room).length] as const,
    );
    expect(counts.filter(([, count]) => count > MOST_FILES)).toEqual([]);
  });

  test('relative imports name the file with its ending', () => {
    expect(inside.filter(({ to }) => !/\.[tj]s$/.test(to))).toEqual([]);
  });

  test('only io and the floors above it use Node or packages with I/O', () => {
    const wrong = all.filter(({ file, to, target }) => {
      return target === null && floorOf(file) < NODE_FLOOR && !PURE_PACKAGES.includes(to.split('/')[0]);
    });
    expect(wrong).toEqual([]);
  });

  test('the pure floors never read the clock or make timers', () => {
    const offenders = FILES.filter((file) => floorOf(file) < NODE_FLOOR).filter((file) =>
      /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now)\(|\bprocess\.[a-z]/.test(
        readFileSync(join(SRC, file), 'utf8'),
      ),
    );
    expect(offenders).toEqual([]);
  });
});
