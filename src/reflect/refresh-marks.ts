/** Which mark of a route refresh a member sends next: BoRR in front of the routes, EoRR behind them (RFC 7313 4). */
import { REFRESH_SUBTYPE } from '../wire/route-refresh.ts';

export class RefreshMarks {
  /** The peer supports the marks. */
  isSupported = false;
  /** Subtype of the mark that is sent next; 0: none. */
  private next = 0;
  /** BoRR is out, or about to be. */
  private open = false;

  get isOpen(): boolean {
    return this.open;
  }

  begin(): void {
    if (!this.isSupported) return;
    this.next = REFRESH_SUBTYPE.begin;
    this.open = true;
  }

  end(): void {
    if (this.open) this.next = REFRESH_SUBTYPE.end;
    this.open = false;
  }

  /** The subtype of the mark to send now; 0: none. */
  take(): number {
    const { next } = this;
    this.next = 0;
    return next;
  }

  /** Continues where another member of the peer was. */
  follow(before: RefreshMarks): void {
    this.isSupported = before.isSupported;
    this.next = before.next;
    this.open = before.open;
  }
}
