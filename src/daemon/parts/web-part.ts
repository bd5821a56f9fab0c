/** The web page of the daemon. */

import type { CommandTable } from '../../engine/api/commands.ts';
import type { Engine } from '../../engine/engine.ts';
import { TRENDS } from '../../io/web/data.ts';
import { PeerTrends, type Reading } from '../../io/web/trends.ts';
import { openWebPage } from '../../io/web/web.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { HttpPart } from './http-part.ts';

/** @param files folder of the static files */
export function webPart(
  engine: Engine,
  commands: CommandTable,
  files: string,
): HttpPart<NonNullable<RouterSpec['web']>> {
  const trends = new PeerTrends(() => readingsOf(engine));
  const all = { ...commands, [TRENDS]: { run: () => trends.views() } };
  return new HttpPart(async (place) => {
    const server = await openWebPage({ ...place, files, commands: all, events: engine.events });
    const end = trends.begin();
    return {
      get problem() {
        return server.problem;
      },
      close: async () => {
        end();
        await server.close();
      },
    };
  });
}

/** The accepted routes of each peer, also those that are kept without a session. */
function* readingsOf({ peers }: Engine): Iterable<Reading> {
  for (const { name, session, retention } of peers.values()) {
    const ribPeer = session?.ribPeer ?? retention?.ribPeer;
    yield [name, ribPeer?.accepted.reduce((sum, count) => sum + count, 0) ?? 0];
  }
}
