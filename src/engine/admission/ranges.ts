/** Dynamic ranges: the range of an address, and the specification of its peers. */
import { prefixContains } from '../../lib/ip.ts';
import type { DynamicRangeSpec, PeerSettings, PeerSpec } from '../../spec/peer.ts';

/** Port of BGP (RFC 4271 section 2). */
const BGP_PORT = 179;

/** The most specific range that contains an address, or null. */
export function rangeOf(ranges: readonly DynamicRangeSpec[], address: Uint8Array): DynamicRangeSpec | null {
  let found: DynamicRangeSpec | null = null;
  for (const range of ranges) {
    if (!prefixContains(range.prefix, address)) continue;
    if (found === null || range.prefix.length > found.prefix.length) found = range;
  }
  return found;
}

/** The settings of every peer of a range; it dials us, we never dial it. */
export function settingsOf(range: DynamicRangeSpec): PeerSettings {
  const { prefix: _prefix, limit: _limit, forgetMs: _forgetMs, attemptsPerMinute: _attempts, ...settings } = range;
  return { ...settings, session: { ...settings.session, passive: true } };
}

/**
 * A peer of a range is identified by its address; it dials us; we dial only after a restart
 * (engine/admission/returning).
 */
export function rangePeer(range: DynamicRangeSpec, address: Uint8Array): PeerSpec {
  return {
    ...settingsOf(range),
    address,
    interfaceName: null,
    fixedAddress: true,
    port: BGP_PORT,
    localAddress: null,
    description: '',
    shutdown: false,
  };
}
