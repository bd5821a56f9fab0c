/** Peers with other intentions, from addresses of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionScript } from '../fuzz/sessions.ts';
import * as bgp from '../lab/bgp-bytes.ts';
import type { Random } from '../model/random.ts';
import type { Network } from './network.ts';

const establish = ({ crowd }: Network, at: number) => crowd.doors.establish(crowd.spare[at % crowd.spare.length]!);

/** Sessions of the fuzzer, behind an OPEN that is right. */
export async function lying(network: Network, random: Random): Promise<void> {
  for (let at = 0; at < 16; at++) {
    const { messages } = sessionScript(random.below(1_000_000), at);
    try {
      const speaker = await establish(network, at);
      // What has the type of an OPEN is left out: they have had theirs.
      speaker.send(...messages.filter((text) => text.slice(36, 38) !== '01').map((text) => Buffer.from(text, 'hex')));
      await sleep(100);
      speaker.end();
    } catch {
      // Its address has a session that is not over yet.
    }
  }
}

/** Sessions that come and go, with routes that nobody else has. */
export async function flapping(network: Network, random: Random): Promise<void> {
  for (let at = 0; at < 40; at++) {
    try {
      const speaker = await establish(network, at);
      speaker.send(bgp.announce('10.99.0.9', `10.200.${random.below(256)}.0/24`));
      if (random.chance(50)) speaker.send(bgp.message(bgp.TYPE.notification, [6, 4]));
      speaker.end();
    } catch {
      // Its address has a session that is not over yet.
    }
  }
}

/** Speakers that do not read for some seconds, while routes change. */
export async function silent({ crowd }: Network): Promise<void> {
  const speakers = [0, 1].map((at) => crowd.speakerOf(at));
  for (const speaker of speakers) speaker?.pause();
  await sleep(5000);
  for (const speaker of speakers) speaker?.resume();
}
