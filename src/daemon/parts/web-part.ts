/** The web page of the daemon. */
import type { CommandTable } from '../../engine/api/commands.ts';
import type { EventSink } from '../../engine/events/events.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { openWebPage } from '../../web/web.ts';
import { HttpPart } from './http-part.ts';

/** @param files folder of the static files */
export function webPart(
  commands: CommandTable,
  files: string,
  events: EventSink,
): HttpPart<NonNullable<RouterSpec['web']>> {
  return new HttpPart((place) => openWebPage({ ...place, files, commands, events }));
}
