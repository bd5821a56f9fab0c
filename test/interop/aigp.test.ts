/** AIGP (RFC 7311) from and to BIRD 2: the lower metric is reflected, against AS_PATH, and arrives as it was sent. */
import { writeFileSync } from 'node:fs';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const PREFIX = '10.7.0.0/24';

jest.setTimeout(60_000);

describeAsRoot(['bird2'], 'AIGP with BIRD 2', () => {
  const lab = new Lab();
  let center: Namespace;
  let reflector: Reflectord;
  const birds: BirdDaemon[] = [];

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    reflector = new Reflectord(center.folder, center);
    const [near, far, hearer] = [await lab.host('near', 2), await lab.host('far', 3), await lab.host('hearer', 4)];
    birds.push(bird(near, announcing(50, 3)), bird(far, announcing(100, 0)), bird(hearer, ''));
    const hosts = {
      as: AS,
      'route-reflector-client': true,
      families: ['ipv4-unicast'],
      dynamic: [{ range: '10.99.0.0/16' }],
    };
    await reflector.start({ router: { as: AS, id: center.ipv4 }, groups: { hosts } });
    await Promise.all(birds.map((one) => one.start()));
  });
  afterAll(() => lab.close());

  // interop: aigp: bird2
  test('the path with the lower metric is the best, for that, and arrives with its metric', async () => {
    await eventually('the reflector has both paths and chose by AIGP', async () => {
      const [shown] = await reflector.ask('show rib', { target: PREFIX });
      expect(shown?.paths.map(({ best, decidedBy }) => [best, decidedBy])).toEqual([
        [true, 'aigp'],
        [false, 'aigp'],
      ]);
    });
    await eventually('the third BIRD has it', async () => {
      const told = await birds[2]!.ask(`show route ${PREFIX} all`);
      expect(told).toMatch(/BGP\.as_path: 65100 65100 65100/);
      expect(told).toMatch(/BGP\.aigp: 50\b/);
    });
  });

  function bird(ns: Namespace, rest: string): BirdDaemon {
    const one = new BirdDaemon(ns, 'bird2', '');
    writeFileSync(
      one.configuration,
      `log stderr all;
router id ${ns.ipv4};
protocol device { scan time 60; }
protocol direct { ipv4; }
${rest}
protocol bgp session { local ${ns.ipv4} as ${AS}; neighbor ${center.ipv4} as ${AS}; connect delay time 1;
  ipv4 { import all; aigp originate; export ${rest === '' ? 'none' : 'filter told'}; }; }
`,
    );
    return one;
  }
});

/** A prefix with a metric, whose AS_PATH has so many numbers. */
function announcing(metric: number, length: number): string {
  const prepend = 'bgp_path.prepend(65100); '.repeat(length);
  return `protocol static { ipv4; route ${PREFIX} blackhole { igp_metric = ${metric}; }; }
filter told { if source != RTS_STATIC then reject; ${prepend} accept; }`;
}
