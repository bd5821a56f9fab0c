import { ATTRIBUTE } from '../../src/wire/attributes/attribute-table.ts';
import { AttributeEdits, PRIVATE_AS, writeAttributes } from '../../src/wire/attributes/encode.ts';
import {
  AS_PATH,
  attribute,
  CLASSIC,
  canonical,
  concat,
  context,
  hex,
  LOCAL_PREF,
  MANDATORY,
  NEXT_HOP,
  normalize,
  ORIGIN,
  PREFIX,
  toHex,
  update,
  withAttribute,
} from './build.ts';

const A = ATTRIBUTE;
const AGGREGATOR = attribute(0xc0, A.aggregator, '0000fde9 c0000201');
const MED = attribute(0x80, A.med, '00000007');
const ORIGINATOR = attribute(0x80, A.originatorId, '0a000001');
const CLUSTERS = attribute(0x80, A.clusterList, '0a000063');
const COMMUNITIES = attribute(0xc0, A.communities, 'fde80001');
const AIGP = attribute(0x80, A.aigp, '01 000b 0000000000000064');
const UNKNOWN = attribute(0xe0, 200, 'abcd');
const BGP_LS = attribute(0x80, A.bgpLs, '0401 0001 00');

type Change = (edits: AttributeEdits) => void;

/** Writes a set with edits, at an offset, from an offset. */
function write(set: readonly Uint8Array[], change: Change, room = 70_000): string | null {
  const from = concat([hex('eeee'), ...set, hex('eeee')]);
  const edits = new AttributeEdits();
  change(edits);
  const out = new Uint8Array(room).fill(0xdd);
  const end = writeAttributes(from, 2, from.length - 2, edits, out, 3);
  if (end < 0) return null;
  expect(toHex(out.subarray(0, 3))).toBe('dddddd');
  return toHex(out.subarray(3, end));
}

function asPath(value: string, flags = 0x40): Uint8Array {
  return attribute(flags, A.asPath, value);
}

/** [what, set, edits, what comes out] */
const rows: readonly [string, readonly Uint8Array[], Change, readonly Uint8Array[]][] = [
  ['copies where nothing is to be changed', [...MANDATORY, UNKNOWN], () => {}, [...MANDATORY, UNKNOWN]],
  ['copies nothing of nothing', [], () => {}, []],

  [
    'inserts NEXT_HOP',
    [ORIGIN, AS_PATH, LOCAL_PREF],
    (e) => {
      e.nextHop = hex('ffc0000201');
      e.nextHopStart = 1;
    },
    MANDATORY,
  ],
  [
    'replaces NEXT_HOP',
    MANDATORY,
    (e) => {
      e.nextHop = hex('cb007101');
    },
    withAttribute(attribute(0x40, A.nextHop, 'cb007101')),
  ],
  [
    'leaves NEXT_HOP out, even a new one',
    MANDATORY,
    (e) => {
      e.dropNextHop = true;
      e.nextHop = hex('cb007101');
    },
    [ORIGIN, AS_PATH, LOCAL_PREF],
  ],

  [
    'inserts MULTI_EXIT_DISC',
    MANDATORY,
    (e) => {
      e.med = 7;
    },
    withAttribute(MED),
  ],
  [
    'replaces MULTI_EXIT_DISC',
    withAttribute(attribute(0x80, A.med, 'ffffffff')),
    (e) => {
      e.med = 7;
    },
    withAttribute(MED),
  ],
  [
    'leaves MULTI_EXIT_DISC out',
    withAttribute(MED),
    (e) => {
      e.dropMed = true;
    },
    MANDATORY,
  ],

  [
    'inserts LOCAL_PREF',
    [ORIGIN, AS_PATH, NEXT_HOP, COMMUNITIES],
    (e) => {
      e.localPref = 100;
    },
    [...MANDATORY, COMMUNITIES],
  ],
  [
    'replaces LOCAL_PREF by the largest number',
    MANDATORY,
    (e) => {
      e.localPref = 0xffffffff;
    },
    withAttribute(attribute(0x40, A.localPref, 'ffffffff')),
  ],

  [
    'reflects: ORIGINATOR_ID and CLUSTER_LIST are made',
    [...MANDATORY, UNKNOWN],
    (e) => {
      e.originatorId = 0x0a000001;
      e.prependCluster = 0x0a000063;
    },
    [...MANDATORY, ORIGINATOR, CLUSTERS, UNKNOWN],
  ],
  [
    'reflects again: ORIGINATOR_ID stays, CLUSTER_LIST grows in front',
    [...MANDATORY, ORIGINATOR, CLUSTERS],
    (e) => {
      e.originatorId = 0x0a0000ff;
      e.prependCluster = 1;
    },
    [...MANDATORY, ORIGINATOR, attribute(0x80, A.clusterList, '000000010a000063')],
  ],
  [
    'prepends two cluster ids, the second in front',
    MANDATORY,
    (e) => {
      e.prependCluster = 1;
      e.prependCluster2 = 2;
    },
    [...MANDATORY, attribute(0x80, A.clusterList, '0000000200000001')],
  ],
  [
    'gives CLUSTER_LIST an extended length when it needs one',
    [...MANDATORY, attribute(0x80, A.clusterList, '0a000001'.repeat(63))],
    (e) => {
      e.prependCluster = 1;
    },
    [...MANDATORY, attribute(0x90, A.clusterList, `00000001${'0a000001'.repeat(63)}`)],
  ],

  [
    'prepends our AS to a sequence',
    MANDATORY,
    (e) => {
      e.prependAs = 65000;
    },
    withAttribute(asPath('02 03 0000fde8 0000fde9 0000fdea')),
  ],
  [
    'prepends it several times',
    MANDATORY,
    (e) => {
      e.prependAs = 4200000000;
      e.prependCount = 2;
    },
    withAttribute(asPath('02 04 fa56ea00 fa56ea00 0000fde9 0000fdea')),
  ],
  [
    'prepends it to an empty path',
    withAttribute(asPath('')),
    (e) => {
      e.prependAs = 65000;
    },
    withAttribute(asPath('02 01 0000fde8')),
  ],
  [
    'makes a path where there is none',
    [ORIGIN],
    (e) => {
      e.prependAs = 65000;
    },
    [ORIGIN, asPath('02 01 0000fde8')],
  ],
  [
    'prepends it to a set as a segment of its own',
    withAttribute(asPath('01 01 00000001')),
    (e) => {
      e.prependAs = 65000;
    },
    withAttribute(asPath('02 01 0000fde8 01 01 00000001')),
  ],
  [
    'begins a new segment before one of 255',
    withAttribute(asPath(`02 ff ${'0000fde9'.repeat(255)}`, 0x50)),
    (e) => {
      e.prependAs = 65000;
    },
    withAttribute(asPath(`02 01 0000fde8 02 ff ${'0000fde9'.repeat(255)}`, 0x50)),
  ],
  [
    'gives AS_PATH an extended length when it needs one',
    withAttribute(asPath(`02 3f ${'0000fde9'.repeat(63)}`)),
    (e) => {
      e.prependAs = 65000;
    },
    withAttribute(asPath(`02 40 0000fde8 ${'0000fde9'.repeat(63)}`, 0x50)),
  ],

  [
    'leaves out what stays inside',
    [...MANDATORY, ORIGINATOR, CLUSTERS, AIGP, BGP_LS, UNKNOWN],
    (e) => {
      e.dropIbgpOnly = true;
      e.dropAigp = true;
    },
    [ORIGIN, AS_PATH, NEXT_HOP, BGP_LS, UNKNOWN],
  ],
  [
    'makes nothing of what stays inside',
    [ORIGIN, AS_PATH, NEXT_HOP],
    (e) => {
      e.dropIbgpOnly = true;
      e.localPref = e.originatorId = e.prependCluster = 1;
    },
    [ORIGIN, AS_PATH, NEXT_HOP],
  ],
  [
    'leaves out the other non-transitive ones',
    [ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, ORIGINATOR, BGP_LS, UNKNOWN],
    (e) => {
      e.dropNonTransitive = true;
    },
    [ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, ORIGINATOR, UNKNOWN],
  ],

  [
    'inserts ONLY_TO_CUSTOMER',
    [...MANDATORY, UNKNOWN],
    (e) => {
      e.onlyToCustomer = 65000;
    },
    [...MANDATORY, attribute(0xc0, A.onlyToCustomer, '0000fde8'), UNKNOWN],
  ],
  [
    'leaves an ONLY_TO_CUSTOMER that is there',
    [...MANDATORY, attribute(0xe0, A.onlyToCustomer, '0000fde9')],
    (e) => {
      e.onlyToCustomer = 65000;
    },
    [...MANDATORY, attribute(0xe0, A.onlyToCustomer, '0000fde9')],
  ],

  [
    'narrows AS_PATH and AGGREGATOR where nothing is lost',
    [...MANDATORY, AGGREGATOR],
    (e) => {
      e.as4 = false;
    },
    [ORIGIN, asPath('02 02 fde9 fdea'), NEXT_HOP, LOCAL_PREF, attribute(0xc0, A.aggregator, 'fde9 c0000201')],
  ],
  [
    'makes AS4_PATH and AS4_AGGREGATOR where something is',
    [
      ORIGIN,
      asPath('02 02 0000fde9 00010000'),
      NEXT_HOP,
      attribute(0xe0, A.aggregator, '00010000 c0000201'),
      COMMUNITIES,
      UNKNOWN,
    ],
    (e) => {
      e.as4 = false;
    },
    [
      ORIGIN,
      asPath('02 02 fde9 5ba0'),
      NEXT_HOP,
      attribute(0xe0, A.aggregator, '5ba0 c0000201'),
      COMMUNITIES,
      attribute(0xc0, A.as4Path, '02 02 0000fde9 00010000'),
      attribute(0xe0, A.as4Aggregator, '00010000 c0000201'),
      UNKNOWN,
    ],
  ],
  [
    'makes AS4_PATH for an AS that is prepended',
    [ORIGIN, asPath('02 01 0000fde9'), NEXT_HOP],
    (e) => {
      e.as4 = false;
      e.prependAs = 0x10000;
    },
    [ORIGIN, asPath('02 02 5ba0 fde9'), NEXT_HOP, attribute(0xc0, A.as4Path, '02 02 00010000 0000fde9')],
  ],
  [
    'puts two numbers in front of the path, the second behind the first',
    [ORIGIN, asPath('02 01 0000fde9'), NEXT_HOP],
    (e) => {
      e.prependAs = 64999;
      e.prependCount = 2;
      e.prependBehind = 65000;
    },
    [ORIGIN, asPath('02 04 0000fde7 0000fde7 0000fde8 0000fde9'), NEXT_HOP],
  ],
  [
    'puts two numbers in front of a path that begins with a set, or of none',
    [ORIGIN, asPath('01 01 0000fde9'), NEXT_HOP],
    (e) => {
      e.prependAs = 64999;
      e.prependBehind = 65000;
    },
    [ORIGIN, asPath('02 02 0000fde7 0000fde8 01 01 0000fde9'), NEXT_HOP],
  ],
  [
    'puts two numbers in front of a sequence with room for one',
    [ORIGIN, asPath(`02 fe ${'0000fde9'.repeat(254)}`, 0x50), NEXT_HOP],
    (e) => {
      e.prependAs = 64999;
      e.prependBehind = 65000;
    },
    [ORIGIN, asPath(`02 01 0000fde7 02 ff 0000fde8 ${'0000fde9'.repeat(254)}`, 0x50), NEXT_HOP],
  ],
  [
    'overrides by the number that stands next to the path',
    [ORIGIN, asPath('02 02 0000fde9 0000fdea'), NEXT_HOP],
    (e) => {
      e.prependAs = 64999;
      e.prependBehind = 65000;
      e.overrideAs = 0xfde9;
    },
    [ORIGIN, asPath('02 04 0000fde7 0000fde8 0000fde8 0000fdea'), NEXT_HOP],
  ],
  [
    'puts the member AS into the sequence of the confederation in front',
    [ORIGIN, asPath('03 01 0000fdea 02 01 00000007'), NEXT_HOP],
    (e) => {
      e.prependConfed = 65001;
    },
    [ORIGIN, asPath('03 02 0000fde9 0000fdea 02 01 00000007'), NEXT_HOP],
  ],
  [
    'makes that sequence where the path is empty',
    [ORIGIN, asPath(''), NEXT_HOP],
    (e) => {
      e.prependConfed = 65001;
    },
    [ORIGIN, asPath('03 01 0000fde9'), NEXT_HOP],
  ],
  ...['02 01 00000007', '01 01 00000007', '04 01 0000fdea', `03 ff ${'0000fdea'.repeat(255)}`].map(
    (path): (typeof rows)[number] => [
      `makes it in front of ${path.slice(0, 8)}`,
      [ORIGIN, asPath(path, path.length > 600 ? 0x50 : 0x40), NEXT_HOP],
      (e) => {
        e.prependConfed = 65001;
      },
      [ORIGIN, asPath(`03 01 0000fde9 ${path}`, path.length > 600 ? 0x50 : 0x40), NEXT_HOP],
    ],
  ),
  [
    'leaves the segments of the confederation out, wherever they stand, and puts the identifier in front',
    [ORIGIN, asPath('03 01 0000fdea 04 01 0000fdeb 02 01 00000007 03 01 0000fdec'), NEXT_HOP],
    (e) => {
      e.dropConfed = true;
      e.prependAs = 65000;
    },
    [ORIGIN, asPath('02 02 0000fde8 00000007'), NEXT_HOP],
  ],
  [
    'leaves them out where nothing else is done to the path',
    [ORIGIN, asPath('03 01 0000fdea'), NEXT_HOP],
    (e) => {
      e.dropConfed = true;
    },
    [ORIGIN, asPath(''), NEXT_HOP],
  ],
  [
    'keeps a wide member AS out of AS4_PATH',
    [ORIGIN, asPath('02 01 00010000'), NEXT_HOP],
    (e) => {
      e.as4 = false;
      e.prependConfed = 0x10001;
    },
    [ORIGIN, asPath('03 01 5ba0 02 01 5ba0'), NEXT_HOP, attribute(0xc0, A.as4Path, '02 01 00010000')],
  ],
  [
    'leaves ORIGINATOR_ID and CLUSTER_LIST out and keeps LOCAL_PREF, toward another member AS',
    [...withAttribute(MED), ORIGINATOR, CLUSTERS],
    (e) => {
      e.dropReflection = true;
    },
    withAttribute(MED),
  ],
  [
    'makes it of an empty path as well',
    [ORIGIN, asPath(''), NEXT_HOP],
    (e) => {
      e.as4 = false;
      e.prependAs = 0x10000;
    },
    [ORIGIN, asPath('02 01 5ba0'), NEXT_HOP, attribute(0xc0, A.as4Path, '02 01 00010000')],
  ],
  [
    'leaves the segments of a confederation out of AS4_PATH',
    [ORIGIN, asPath('03 01 00010001 02 01 00010000 04 01 00000001'), NEXT_HOP],
    (e) => {
      e.as4 = false;
    },
    [ORIGIN, asPath('03 01 5ba0 02 01 5ba0 04 01 0001'), NEXT_HOP, attribute(0xc0, A.as4Path, '02 01 00010000')],
  ],
  [
    'makes no AS4_PATH where only the numbers of a confederation are wide',
    [ORIGIN, asPath('03 01 00010001 02 01 0000fde9'), NEXT_HOP],
    (e) => {
      e.as4 = false;
    },
    [ORIGIN, asPath('03 01 5ba0 02 01 fde9'), NEXT_HOP],
  ],
  [
    'makes no empty AS4_PATH of a path inside a confederation',
    [ORIGIN, asPath('03 01 00010001'), NEXT_HOP],
    (e) => {
      e.as4 = false;
    },
    [ORIGIN, asPath('03 01 5ba0'), NEXT_HOP],
  ],
];

describe('writeAttributes', () => {
  test.each(rows)('%s', (_what, set, change, expected) => {
    expect(write(set, change)).toBe(toHex(concat(expected)));
  });

  test.each(rows)('writes nothing beyond the room that there is: %s', (_what, set, change, expected) => {
    const from = concat(set);
    const edits = new AttributeEdits();
    change(edits);
    const results = concat(expected).map((_, room) =>
      writeAttributes(from, 0, from.length, edits, new Uint8Array(room), 0) === -1 ? 1 : 0,
    );
    expect(results.every((result) => result === 1)).toBe(true);
  });

  test('is undone by reading: a 2-octet peer sends back what it was sent', () => {
    const paths = [
      '',
      '02 02 0000fde9 00010000',
      '01 02 00010000 00000001 02 01 0000fde9',
      `02 ff ${'00010000'.repeat(255)} 02 03 0000fde9 00010000 00000001`,
    ];
    for (const path of paths) {
      const long = path.length > 1000;
      const set = [
        ORIGIN,
        asPath(path, long ? 0x50 : 0x40),
        NEXT_HOP,
        LOCAL_PREF,
        attribute(0xc0, A.aggregator, '00010000 c0000201'),
        COMMUNITIES,
      ];
      const sent = hex(
        write(set, (e) => {
          e.as4 = false;
        }) as string,
      );
      const back = normalize(update({ attributes: [sent], nlri: PREFIX }), CLASSIC, context({ as4: false }));
      expect(canonical(back)).toBe(toHex(concat(set)));
    }
  });

  test('gives up on an attribute beyond 65,535 octets', () => {
    const list = attribute(0x90, A.clusterList, new Uint8Array(65_532));
    const grow: Change = (e) => {
      e.prependCluster = 1;
    };
    expect(write([list], () => {})).not.toBeNull();
    expect(write([list], grow)).toBeNull();
  });

  test('starts anew after reset', () => {
    const edits = new AttributeEdits();
    const fresh = { ...edits };
    Object.assign(edits, { as4: false, prependAs: 1, prependCount: 3, nextHop: hex('01020304'), nextHopStart: 2 });
    Object.assign(edits, { dropNextHop: true, med: 1, dropMed: true, localPref: 1, originatorId: 1 });
    Object.assign(edits, { prependCluster: 1, prependCluster2: 1, onlyToCustomer: 1, dropIbgpOnly: true });
    Object.assign(edits, { dropNonTransitive: true });
    edits.reset();
    expect({ ...edits }).toEqual(fresh);
  });
});

describe('AS numbers on their way out', () => {
  const OURS = 65000;
  /** Segments as `[type, ...numbers]`. */
  const path = (...segments: readonly (readonly number[])[]) =>
    asPath(
      segments
        .map(([type, ...numbers]) => [type, numbers.length].map(hex2).join('') + numbers.map(hex8).join(''))
        .join(''),
    );
  const hex2 = (value: number) => value.toString(16).padStart(2, '0');
  const hex8 = (value: number) => value.toString(16).padStart(8, '0');

  test.each([
    ['dropIfAll: none where one is public', PRIVATE_AS.dropIfAll, [[2, 64512, 3333]], [[2, OURS, 64512, 3333]]],
    [
      'dropIfAll: all where all are private',
      PRIVATE_AS.dropIfAll,
      [
        [2, 64512, 65534],
        [1, 4200000000],
      ],
      [[2, OURS]],
    ],
    ['dropIfAll: none with the receiver in it', PRIVATE_AS.dropIfAll, [[2, 64512, 65001]], [[2, OURS, 64512, 65001]]],
    ['drop: in the middle', PRIVATE_AS.drop, [[2, 3333, 64512, 4444]], [[2, OURS, 3333, 4444]]],
    ['drop: the receiver stays', PRIVATE_AS.drop, [[2, 64512, 65001, 64513]], [[2, OURS, 65001]]],
    [
      'drop: a set that is left empty goes',
      PRIVATE_AS.drop,
      [
        [2, 3333],
        [1, 64512, 64513],
      ],
      [[2, OURS, 3333]],
    ],
    [
      'drop: in a set',
      PRIVATE_AS.drop,
      [
        [2, 64512],
        [1, 3333, 64513],
      ],
      [
        [2, OURS],
        [1, 3333],
      ],
    ],
    ['replace', PRIVATE_AS.replace, [[2, 64512, 3333, 65001]], [[2, OURS, OURS, 3333, 65001]]],
    [
      'the edges of the ranges (RFC 6996)',
      PRIVATE_AS.drop,
      [[2, 64511, 64512, 65534, 65535]],
      [[2, OURS, 64511, 65535]],
    ],
    [
      'the edges of the wide range (RFC 6996)',
      PRIVATE_AS.drop,
      [[2, 4199999999, 4200000000, 4294967294, 4294967295]],
      [[2, OURS, 4199999999, 4294967295]],
    ],
  ] as const)('private numbers, %s', (_what, privateAs, before, after) => {
    const change: Change = (edits) => Object.assign(edits, { prependAs: OURS, privateAs, receiverAs: 65001 });
    expect(write([ORIGIN, path(...before), NEXT_HOP], change)).toBe(toHex(concat([ORIGIN, path(...after), NEXT_HOP])));
  });

  test("the receiver's number becomes ours wherever it stands, also where private ones go", () => {
    const override = { prependAs: OURS, receiverAs: 65001, overrideAs: 65001 };
    const set = [ORIGIN, path([2, 65001, 3333, 65001], [1, 65001, 4444]), NEXT_HOP];
    expect(write(set, (edits) => Object.assign(edits, override))).toBe(
      toHex(concat([ORIGIN, path([2, OURS, OURS, 3333, OURS], [1, OURS, 4444]), NEXT_HOP])),
    );
    expect(
      write([ORIGIN, path([2, 65001, 64512])], (e) => Object.assign(e, override, { privateAs: PRIVATE_AS.dropIfAll })),
    ).toBe(toHex(concat([ORIGIN, path([2, OURS])])));
  });

  test('a receiver with 2-octet numbers gets AS4_PATH of what is left (RFC 6793 4.2.2)', () => {
    const change: Change = (edits) =>
      Object.assign(edits, { as4: false, prependAs: OURS, privateAs: PRIVATE_AS.drop, receiverAs: 3333 });
    expect(write([ORIGIN, path([2, 4200000001, 4444])], change)).toBe(
      toHex(concat([ORIGIN, asPath('02 02 fde8 115c')])),
    );
    expect(write([ORIGIN, path([2, 4200000001, 70000])], change)).toBe(
      toHex(concat([ORIGIN, asPath('02 02 fde8 5ba0'), attribute(0xc0, A.as4Path, '02 02 0000fde8 00011170')])),
    );
  });

  test('a segment that is full is not joined', () => {
    const wide = (...segments: readonly (readonly number[])[]) => {
      const value = path(...segments).subarray(3);
      return concat([Uint8Array.of(0x50, A.asPath, value.length >> 8, value.length & 255), value]);
    };
    const full = [2, ...Array.from({ length: 255 }, () => 3333)];
    expect(write([wide(full)], (edits) => Object.assign(edits, { prependAs: OURS }))).toBe(
      toHex(wide([2, OURS], full)),
    );
  });
});
