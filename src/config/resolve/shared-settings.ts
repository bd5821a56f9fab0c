/**
 * Peers that say the same share their settings: a group may have a thousand peers, and a reload compares the settings of
 * each with those before.
 */
import type { PeerSettings } from '../../spec/peer.ts';
import type { PeerConfig } from '../schema/schema.ts';

export class SharedSettings {
  private readonly known = new Map<string, PeerSettings>();

  /** @param make resolves the settings; the keys of a peer that are not among them are left out of the comparison */
  of(peer: PeerConfig, make: () => PeerSettings): PeerSettings {
    const {
      address: _address,
      port: _port,
      'local-address': _local,
      description: _description,
      shutdown: _shutdown,
      interface: interfaceName,
      ...own
    } = peer;
    const key = JSON.stringify([own, interfaceName !== undefined]);
    const settings = this.known.get(key) ?? make();
    this.known.set(key, settings);
    return settings;
  }
}
