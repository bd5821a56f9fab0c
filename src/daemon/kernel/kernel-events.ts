/** Converts the events of the FIB driver to events of the engine. */
import type { EngineEvent } from '../../engine/events/events.ts';
import type { FibEvent } from '../../fib/port/driver-options.ts';
import type { FibSpec } from '../../spec/fib.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';

export function toEngineEvent(event: FibEvent, spec: FibSpec): EngineEvent {
  switch (event.type) {
    case 'fib.read': {
      const { found, family, objects } = event;
      const { table, protocol } = homeOf(spec, family);
      const name = FAMILIES[family].name;
      return { name: 'fib.ready', mode: spec.mode, table, protocol, found, family: name, objects };
    }
    case 'fib.conflict': {
      const { table } = homeOf(spec, event.family);
      return { name: 'fib.conflict', prefix: event.prefix, owner: event.error, table };
    }
    case 'fib.failed':
      return { name: 'fib.failed', prefix: event.prefix, nextHop: event.nextHop, error: event.error };
    case 'fib.drift':
      return { name: 'fib.drift', family: FAMILIES[event.family].name, ...event.differences };
    default: {
      const { type, ...fields } = event;
      return { name: type, ...fields } as EngineEvent;
    }
  }
}

/** Kernel table and protocol number of the routes of a family. */
function homeOf(spec: FibSpec, family: FamilyId): { readonly table: number; readonly protocol: number } {
  return spec.families[family] ?? spec;
}
