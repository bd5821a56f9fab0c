/** What the demo shows: peers, what each speaker was told, the kernel's routes, and what to try. */
import type { PeerView } from '../engine/views.ts';
import type { Place, SpeakerName } from './place.ts';
import { SPEAKERS } from './place.ts';
import type { SpeakerState } from './speaker.ts';

/** All that one picture shows. */
export interface Picture {
  readonly place: Place;
  readonly peers: readonly PeerView[];
  readonly speakers: ReadonlyMap<SpeakerName, SpeakerState>;
  /** Lines of `ip route` where the kernel takes part. */
  readonly kernel: readonly string[];
  /** What happened last. */
  readonly news: string;
  readonly hints: readonly string[];
}

/** The picture as lines of at most 80 columns or so. */
export function render(picture: Picture): string {
  const blocks = [
    ['reflectord demo: two hosts and a switch speak BGP to one reflector', ''],
    peerLines(picture),
    ...SPEAKERS.map((name) => speakerLines(picture, name)),
    kernelLines(picture),
    [`now: ${picture.news}`, ''],
    picture.hints,
  ];
  return `${blocks.flat().join('\n')}\n`;
}

function peerLines({ peers, place }: Picture): string[] {
  const rows = peers.map((peer) => {
    const name = SPEAKERS.find((speaker) => place.addresses[speaker] === peer.address) ?? '';
    const count = (key: 'received' | 'advertised') => String(peer.families.reduce((sum, row) => sum + row[key], 0));
    const state = peer.state.padEnd(12);
    return `  ${name.padEnd(9)}${peer.address.padEnd(13)}${peer.role.padEnd(11)}${state}${count('received').padStart(8)}${count('advertised').padStart(6)}`;
  });
  return ['PEERS      ADDRESS      ROLE       STATE       RECEIVED  SENT', ...rows, ''];
}

function speakerLines({ speakers }: Picture, name: SpeakerName): string[] {
  const state = speakers.get(name);
  const title = `${name.toUpperCase()} was told of`;
  if (state === undefined || !state.up) return [`${title}: nothing (${state?.problem ?? 'starting'})`, ''];
  const rows = state.held.map(({ prefix, nextHop, asPath, originatorId, clusterList }) => {
    const by = originatorId === null ? '' : `  by ${originatorId} through ${clusterList.join(' ')}`;
    const path = asPath === '' ? '' : `  path ${asPath}`;
    return `  ${prefix.padEnd(20)}via ${nextHop.padEnd(13)}${path}${by}`;
  });
  return [title, ...rows, ''];
}

function kernelLines({ place, kernel }: Picture): string[] {
  if (!place.kernel) return [`KERNEL of the reflector: dry run (${place.reason})`, ''];
  return ['KERNEL of the reflector', ...kernel.map((line) => `  ${line}`), ''];
}
