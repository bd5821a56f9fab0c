/** The screen of the demo: peers, the routes that each speaker has received, kernel routes, and commands to try. */
import type { PeerView } from '../../engine/api/peer-views.ts';
import { ROUTES } from './actors.ts';
import type { Place, SpeakerName } from './place.ts';
import { SPEAKERS } from './place.ts';
import type { SpeakerState } from './speaker.ts';

/** The data of one picture. */
export interface Picture {
  readonly place: Place;
  readonly peers: readonly PeerView[];
  readonly speakers: ReadonlyMap<SpeakerName, SpeakerState>;
  /** Lines of `ip route`, if routes are installed in the kernel. */
  readonly kernel: readonly string[];
  /** The last event. */
  readonly news: string;
  readonly hints: readonly string[];
}

/** The picture as at most 23 lines of at most 80 columns, so that it fits a terminal of 24 lines. */
export function render(picture: Picture): string {
  const { news, hints } = picture;
  const blocks = [
    ['reflectord demo: two hosts and a switch speak BGP to one reflector', ''],
    peerLines(picture),
    [''],
    routeLines(picture),
    [''],
    [`kernel: ${kernelWords(picture)}`, `now: ${news}`, ''],
    hints,
  ];
  return `${blocks.flat().join('\n')}\n`;
}

function peerLines({ peers, place }: Picture): string[] {
  const rows = peers.map((peer) => {
    const name = SPEAKERS.find((speaker) => place.addresses[speaker] === peer.address) ?? '';
    const count = (key: 'received' | 'advertised') => String(peer.families.reduce((sum, row) => sum + row[key], 0));
    const cells = [name.padEnd(9), peer.address.padEnd(13), peer.role.padEnd(11), peer.state.padEnd(12)];
    return `${cells.join('')}${count('received').padStart(8)}${count('advertised').padStart(12)}`;
  });
  return ['PEER     ADDRESS      ROLE       STATE       RECEIVED  ADVERTISED', ...rows];
}

/** One line per route: which speaker advertises it, and which speakers have received it. */
function routeLines(picture: Picture): string[] {
  const head = ['ROUTE'.padEnd(19), 'FROM'.padEnd(8), 'NEXT HOP'.padEnd(14)];
  const titles = [...SPEAKERS.map((name) => name.toUpperCase().padEnd(8)), 'KERNEL'];
  const rows = SPEAKERS.flatMap((from) => ROUTES[from].map((prefix, at) => routeLine(picture, from, prefix, at)));
  return [[...head, ...titles].join(''), ...rows];
}

function routeLine(picture: Picture, from: SpeakerName, prefix: string, at: number): string {
  const { place, kernel } = picture;
  const received = SPEAKERS.map((name) => cellOf(picture, name, from, prefix).padEnd(8));
  const installed = kernel.some((line) => line.startsWith(`${prefix} `)) ? 'installed' : '-';
  const cells = [prefix.padEnd(19), from.padEnd(8), (place.nextHops[from][at] ?? '').padEnd(14), ...received];
  return `${cells.join('')}${installed}`;
}

/** Whether a speaker has received a route; its own route is never sent back to it. */
function cellOf({ speakers }: Picture, name: SpeakerName, from: SpeakerName, prefix: string): string {
  if (name === from) return 'own';
  return speakers.get(name)?.received.some((route) => route.prefix === prefix) ? 'yes' : 'no';
}

function kernelWords({ place, kernel }: Picture): string {
  return place.kernel ? `${kernel.length} routes installed by the reflector` : `dry run (${place.reason})`;
}
