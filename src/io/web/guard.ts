/**
 * Which requests the web page answers. A page of another site must not read it through the browser of an operator, neither
 * directly (Origin, Fetch Metadata) nor by a name that resolves to this address (DNS rebinding: Host).
 */

import { parseAddress } from '../../lib/ip.ts';
import type { HttpRequest } from '../http/asker.ts';

/** Sent with every answer: nothing is loaded from elsewhere, nothing is embedded, no type is guessed. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export class RequestGuard {
  private readonly names: ReadonlySet<string>;

  /** @param hosts host names by which the page is reached, without ports, beside `localhost` */
  constructor(hosts: readonly string[]) {
    this.names = new Set(['localhost', ...hosts].map((name) => name.toLowerCase()));
  }

  /** Why a request is refused, in words; null: it is answered. */
  refusal({ headers }: HttpRequest): string | null {
    const host = headers.get('host');
    if (host === undefined || !this.isOurs(host)) {
      return 'the host name of this address is not one of the page; add it to `web.hosts`';
    }
    const origin = headers.get('origin');
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
      return 'a page of another site must not read this one';
    }
    const site = headers.get('sec-fetch-site');
    if (site === undefined || site === 'same-origin' || site === 'none') return null;
    // A link on another page may lead here; what it opens is the page itself, which reads its data from here.
    return headers.get('sec-fetch-mode') === 'navigate' ? null : 'a page of another site must not read this one';
  }

  /** An address needs no DNS, so it cannot be rebound. */
  private isOurs(host: string): boolean {
    const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
    return this.names.has(name) || parseAddress(name.replace(/^\[(.*)\]$/, '$1')) !== null;
  }
}
