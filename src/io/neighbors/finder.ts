/**
 * Finds neighbors on interfaces: reads the neighbor table of the kernel, which marks neighbors that have sent a Router
 * Advertisement (after the checks of RFC 4861 6.1.2), and sends our own advertisements over a raw socket.
 *
 *   ip monitor link neigh ─► lines ─► WatchedLink ─► listeners          Advertiser ─► Router Advertisements
 *   ip -j link, ip -j -6 neigh (at the start, and after lost lines)
 */
import type { LinkNeighbors, LinkWatch, NeighborFinder } from '../../engine/ports/ports.ts';
import { type IpCommand, queryIp, queryIpDump } from '../iproute2/ip/ip-command.ts';
import { Monitor } from '../iproute2/monitor.ts';
import { reportFault } from '../system/guard.ts';
import { Advertiser, type Outlet } from './advertiser.ts';
import { parseLinkLine, parseNeighborLine, readLink, readNeighbor } from './neighbor-lines.ts';
import { WatchedLink } from './watched-link.ts';

export class KernelNeighbors implements NeighborFinder {
  private readonly ip: IpCommand;
  private readonly links = new Map<string, WatchedLink>();
  private readonly advertiser = new Advertiser();
  private monitor: Monitor | null = null;
  /** `ip` runs; its output may be out of date when it arrives. */
  private looking = false;
  private lookAgain = false;
  private closed = false;

  /** The first watched interface starts the monitor. */
  constructor(ip: IpCommand) {
    this.ip = ip;
  }

  watch(interfaceName: string, onChange: (found: LinkNeighbors) => void): LinkWatch {
    const link = this.links.get(interfaceName) ?? new WatchedLink(interfaceName, this.advertiser);
    this.links.set(interfaceName, link);
    const key = {};
    link.add(key, onChange);
    this.begin();
    return {
      hurry: (on) => link.hurry(key, on),
      close: () => {
        link.remove(key);
        if (link.isIdle && this.links.get(interfaceName) === link) this.links.delete(interfaceName);
      },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const link of this.links.values()) link.stop();
    this.links.clear();
    this.advertiser.close();
    await this.monitor?.close();
  }

  private begin(): void {
    if (this.monitor !== null) {
      void this.look();
      return;
    }
    this.monitor = new Monitor(this.ip.command, ['link', 'neigh'], {
      onLine: (line) => this.read(line),
      onLost: () => void this.look(),
      onTrouble: (words) => this.setTrouble(words),
    });
  }

  private read(line: string): void {
    const neighbor = parseNeighborLine(line);
    if (neighbor === null) {
      const link = parseLinkLine(line);
      if (link !== null && this.concerns(link.index, link.name)) void this.look();
      return;
    }
    const link = this.links.get(neighbor.interfaceName);
    if (link === undefined) return;
    link.setRouter(neighbor.address, neighbor.isRouter);
    link.notify();
    if (this.looking) this.lookAgain = true;
  }

  /** Whether a watched interface changed; it may also have been renamed. */
  private concerns(index: number, name: string): boolean {
    return this.links.has(name) || [...this.links.values()].some(({ outlet }) => outlet?.index === index);
  }

  private async look(): Promise<void> {
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = true;
    try {
      do {
        this.lookAgain = false;
        await this.lookOnce();
      } while (this.lookAgain && !this.closed);
    } catch (error) {
      this.setTrouble(reportFault('the search for neighbors', error).message);
    } finally {
      this.looking = false;
    }
  }

  private async lookOnce(): Promise<void> {
    const outlets = new Map<string, Outlet & { readonly up: boolean }>();
    const routers = new Map<string, string[]>();
    try {
      await queryIp(this.ip, ['-j', 'link', 'show'], (object) => {
        const link = readLink(object);
        if (link !== null) outlets.set(link.name, link);
      });
      await queryIpDump(this.ip, ['-j', '-6', 'neigh', 'show'], (object) => {
        const neighbor = readNeighbor(object);
        if (neighbor === null || !neighbor.isRouter) return;
        const there = routers.get(neighbor.interfaceName) ?? [];
        if (!there.includes(neighbor.address)) there.push(neighbor.address);
        routers.set(neighbor.interfaceName, there);
      });
    } catch (error) {
      this.setTrouble((error as Error).message);
      return;
    }
    for (const link of this.closed ? [] : this.links.values()) {
      link.setTrouble(this.monitor?.trouble ?? null);
      link.setRouters(routers.get(link.name) ?? []);
      link.setLink(outlets.get(link.name) ?? null);
      link.notify();
    }
  }

  private setTrouble(words: string | null): void {
    for (const link of this.links.values()) {
      link.setTrouble(words);
      link.notify();
    }
  }
}
