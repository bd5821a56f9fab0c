/** Settings of a peer or a group: restarts, limits and damping. */
import { damping } from '../values/damping.ts';
import { attributeMemory, maxPathsPerPrefix, maxPrefix, maxPrefixOut } from '../values/limits.ts';
import { gracefulRestart, longLived } from '../values/restart.ts';
import { setting } from './setting.ts';

export const PROTECTION = {
  'graceful-restart': setting(gracefulRestart, null, {
    topic: 'restart',
    description: 'Graceful restart (RFC 4724) and its notification mode (RFC 8538).',
    details: [
      '- `full`: asks the peer to keep our routes for `time` seconds after a lost session or a planned stop; includes `helper`.',
      '- `helper`: keeps the routes of a peer with graceful restart while its connection is lost, until it has advertised them again.',
      '- `off`: routes are removed when the session is lost.',
      'Routes of a peer are kept for the restart time that it asked for, at most `stale-time` seconds.',
      'A NOTIFICATION from a peer with the N bit (RFC 8538) does not end that; a hard reset does.',
    ],
    defaultWords: '`{ mode: full, time: 120, stale-time: 360 }`',
    examples: [{ time: 300 }, { mode: 'helper', 'stale-time': 60 }, { mode: 'off' }],
    reload: 'reset',
  }),
  llgr: setting(longLived, null, {
    topic: 'restart',
    description: 'Long-lived graceful restart (RFC 9494).',
    details: [
      'It continues `graceful-restart`: routes of a peer that is not back within the restart time are kept as a last resort.',
      'They are kept as long as both sides allow, and advertised only to peers that support LLGR.',
      '`time: 0` turns it off.',
    ],
    defaultWords: '`{ time: 86400 }`',
    examples: [{ time: 604_800 }, { time: 0 }],
    reload: 'reset',
  }),
  'max-prefix': setting(maxPrefix, null, {
    topic: 'limits',
    description: 'Maximum number of prefixes that the peer may advertise per family (RFC 4271 section 6.7).',
    details: ['A session that is closed by it gets Cease / Maximum Number of Prefixes Reached (RFC 4486).'],
    defaultWords: 'none',
    examples: [
      { limit: 1000, 'warn-percent': 80, action: 'restart', 'restart-time': 60 },
      { limit: 500, action: 'block', families: { 'ipv6-unicast': { limit: 100 } } },
    ],
    reload: 'soft',
  }),
  'max-paths-per-prefix': setting(maxPathsPerPrefix, 4096, {
    topic: 'limits',
    description: 'Maximum number of paths of one prefix from a peer with ADD-PATH (RFC 7911).',
    details: [
      'Further paths are discarded until one of the prefix is withdrawn; the session stays up (RFC 4271 section 6.7 a).',
      '`show peer` and the event `peer.paths-refused` report it.',
      'When there is room again, the peer is asked for its routes (RFC 2918).',
      'Use `max-prefix` to limit all paths together.',
    ],
    examples: [64, 'none'],
    reload: 'soft',
  }),
  'max-prefix-out': setting(maxPrefixOut, null, {
    topic: 'limits',
    description: 'Maximum number of prefixes that are advertised to the peer per family.',
    details: [
      'With `action: block` the first prefixes up to the limit are advertised.',
      'The limit then holds for the whole update group, including prefixes learned from the peer itself.',
    ],
    defaultWords: 'none',
    examples: [{ limit: 1000, action: 'block' }],
    reload: 'soft',
  }),
  'attribute-memory': setting(attributeMemory, 64, {
    topic: 'limits',
    description: 'Maximum memory for the attribute sets of the peer, in MiB.',
    details: [
      'Each distinct set that the peer advertised first and still uses counts with its octets and 64 more.',
      'A full Internet table needs about 40 MiB. A warning is logged at 80 percent.',
      'Beyond the limit the session is closed with Cease / Out of Resources (RFC 4486) for 60 seconds.',
      '`none`: no limit.',
    ],
    examples: [256, 'none'],
    reload: 'soft',
  }),
  damping: setting(damping, null, {
    topic: 'damping',
    description: 'Route flap damping (RFC 2439) with the parameters of RFC 7196.',
    details: [
      'A prefix that the peer withdraws or changes repeatedly is suppressed for a while.',
      'The penalty is kept when the session is lost; the loss counts as a withdrawal of all its prefixes.',
      'For eBGP peers.',
    ],
    defaultWords: 'none: no damping',
    examples: [{ suppress: 6000 }, { mode: 'off' }],
    reload: 'soft',
  }),
} as const;
