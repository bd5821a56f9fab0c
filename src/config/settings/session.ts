/** Settings of a peer or a group: the session and its timers. */
import { flag, holdTime, hostAddress, port, seconds } from '../values/values.ts';
import { setting } from './setting.ts';

export const SESSION = {
  'hold-time': setting(holdTime, 90, {
    topic: 'session',
    description: 'Seconds without a message from the peer after which the session is closed.',
    details: [
      'The lower of the values that both sides offer is used (RFC 4271 section 4.2).',
      '0: no hold timer and no keepalives.',
    ],
    examples: [240],
    reload: 'reset',
  }),
  'keepalive-time': setting(seconds(1, 21_845), null, {
    topic: 'session',
    description: 'Seconds between keepalives.',
    details: ['At most a third of the negotiated hold time.'],
    defaultWords: 'a third of the negotiated hold time',
    examples: [30],
    reload: 'reset',
  }),
  passive: setting(flag, false, {
    topic: 'session',
    description: 'Waits for the peer to connect and never connects to it.',
    details: ['Peers of a dynamic range are always passive.'],
    examples: [true],
    reload: 'live',
  }),
  'connect-retry-time': setting(seconds(1, 65_535), 5, {
    topic: 'session',
    description: 'Seconds between two connection attempts.',
    details: [
      'A random jitter shortens it by up to a quarter (RFC 4271 section 10).',
      'While attempts fail it doubles, up to four times the value or 120 seconds.',
    ],
    examples: [30],
    reload: 'live',
  }),
  'delay-open-time': setting(seconds(0, 240), 0, {
    topic: 'session',
    description: "Seconds to wait for the peer's OPEN before sending our own (RFC 4271 section 8.1.1).",
    details: ['0: the OPEN is sent at once.'],
    examples: [2],
    reload: 'live',
  }),
  'idle-hold-time': setting(seconds(0, 3_600), 1, {
    topic: 'session',
    description: 'Seconds that a peer stays in Idle after its session failed (RFC 4271 section 8.1).',
    details: [
      'It doubles with each further failure, up to `idle-hold-max-time`.',
      'The first failure of an established session does not count.',
      'Neither does a lost connection or a CEASE from the peer: these only delay the next connection attempt.',
      '0: no delay.',
    ],
    examples: [5],
    reload: 'live',
  }),
  'idle-hold-max-time': setting(seconds(0, 86_400), 60, {
    topic: 'session',
    description: 'Maximum of `idle-hold-time` while it doubles, in seconds.',
    examples: [300],
    reload: 'live',
  }),
  'extended-messages': setting(flag, true, {
    topic: 'session',
    description: 'Offers messages of up to 65,535 octets (RFC 8654).',
    details: [
      'They are sent to a peer that offers it as well.',
      'Without it the maximum is 4,096 octets, and a route whose attributes do not fit is withdrawn.',
    ],
    examples: [false],
    reload: 'reset',
  }),
  'enhanced-route-refresh': setting(flag, true, {
    topic: 'session',
    description: 'Marks the beginning and the end of a route refresh (RFC 7313).',
    details: ['Routes that were not advertised again in between are then removed.'],
    examples: [false],
    reload: 'reset',
  }),
  'send-hold-time': setting(seconds(0, 65_535), null, {
    topic: 'session',
    description: 'Seconds after which a session is closed whose peer does not read (RFC 9687).',
    details: ['It applies even if the peer still sends keepalives. 0: off.'],
    defaultWords: '480, or twice the hold time if that is more',
    examples: [600],
    reload: 'live',
  }),
  port: setting(port, 179, {
    topic: 'session',
    description: 'TCP port of the peer to connect to.',
    examples: [1179],
    reload: 'live',
  }),
  'local-address': setting(hostAddress, null, {
    topic: 'session',
    description: 'Source address of connections to the peer.',
    defaultWords: 'chosen by the kernel',
    examples: ['10.99.0.1'],
    reload: 'reset',
  }),
} as const;
