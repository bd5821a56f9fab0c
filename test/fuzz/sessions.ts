/** Scripts of hostile sessions: what a seed sends, in every state of a session. */
import { Random } from '../model/random.ts';
import { AS_OF, GROUPS, type Group } from './configuration.ts';
import { capabilities, opening } from './opens.ts';
import { anyMessage, type Dialect, fatal, update } from './updates.ts';

/** One connection, and everything that is sent over it. */
export interface SessionScript {
  /** Its address decides the group, and with it whether it is internal. */
  readonly address: string;
  /** Whole messages in hexadecimal, OPEN and KEEPALIVE among them. */
  readonly messages: readonly string[];
  /** Octets of one write; 0: all in one. */
  readonly cut: number;
  /** It never reads. */
  readonly deaf: boolean;
  readonly ending: 'close' | 'reset';
}

/** The state in which the hostile part begins. */
const STAGES = [
  [4, 'connected'],
  [8, 'open-sent'],
  [8, 'open-confirm'],
  [80, 'established'],
] as const;

export const KEEPALIVE = [...new Array<number>(16).fill(255), 0, 19, 4];

const hex = (octets: readonly number[]) => Buffer.from(octets).toString('hex');

function addressIn(group: Group, random: Random, at: number): string {
  // Some share an address: connections collide, and a session follows a session.
  const host = random.chance(10) ? random.below(4) : 16 + (at % 30_000);
  return `${GROUPS[group]}.${host >> 8}.${host & 255 || 1}`;
}

/** @param at a number of its own, which makes its address */
export function sessionScript(seed: number, at: number): SessionScript {
  const random = new Random(seed);
  const group = random.weighted<Group>([
    [6, 'hosts'],
    [2, 'outside'],
    [2, 'limited'],
  ]);
  const address = addressIn(group, random, at);
  const dialect: Dialect = {
    external: group === 'outside',
    addPath: random.chance(35),
    as: AS_OF[group],
    longest: random.chance(30) ? 65_535 : 4096,
  };
  const messages = [...sessionOf(random, dialect, address)].map(hex);
  const octets = messages.reduce((sum, { length }) => sum + length / 2, 0);
  // Every octet alone where that is affordable.
  const cut = random.weighted([
    [70, 0],
    [20, 1 + random.below(64)],
    [10, octets < 1500 ? 1 : 1 + random.below(64)],
  ]);
  return { address, messages, cut, deaf: random.chance(4), ending: random.chance(25) ? 'reset' : 'close' };
}

function* sessionOf(random: Random, dialect: Dialect, address: string): Generator<number[]> {
  const stage = random.weighted<(typeof STAGES)[number][1]>(STAGES);
  if (stage === 'connected') {
    yield random.chance(50) ? fatal(random, dialect) : anyMessage(random, dialect);
    return;
  }
  const isSound = stage === 'established' || random.chance(50);
  yield opening(random, dialect.as, address, capabilities(random, dialect, isSound), isSound);
  if (stage === 'open-sent') {
    yield random.chance(50) ? anyMessage(random, dialect) : fatal(random, dialect);
    return;
  }
  if (stage === 'open-confirm' && random.chance(70)) yield anyMessage(random, dialect);
  yield KEEPALIVE;
  // What a session survives comes first, so that most messages are read; what may end it comes last.
  for (let left = random.below(random.chance(20) ? 400 : 80); left > 0; left--) {
    yield random.chance(95) ? update(random, dialect) : anyMessage(random, dialect);
  }
  if (random.chance(60)) yield fatal(random, dialect);
}
