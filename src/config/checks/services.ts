/** What the daemon opens and touches on its host: listening addresses, the page of metrics, the kernel's table. */
import { parseAddress, sameAddress } from '../../lib/ip.ts';
import type { Path } from '../problems/problems.ts';
import { type Endpoint, isUnspecified, parseEndpoint } from '../schema/addresses.ts';
import type { CheckContext } from './context.ts';

/** Two sockets cannot have one address and port, nor a port that another has on all addresses. */
export function checkListen({ draft, report }: CheckContext): void {
  const endpoints: (Endpoint & { readonly path: Path })[] = [];
  for (const [at, { address, port }] of draft.listen.entries()) {
    const path = ['listen', at];
    // The default is not written anywhere, and does not clash with itself.
    const endpoint = { address: parseAddress(address)!, port, path };
    const other = endpoints.find((each) => clash(each, endpoint));
    if (other !== undefined) {
      const what = `${address} port ${port} is taken by the address on line ${report.lineOf(other.path)}`;
      report.error(path, what, 'each port of an address once; 0.0.0.0 and "::" stand for all addresses');
    }
    endpoints.push(endpoint);
  }
  checkMetrics(endpoints);

  function checkMetrics(taken: readonly Endpoint[]): void {
    const listen = draft.metrics === 'none' ? 'none' : draft.metrics.listen;
    const endpoint = parseEndpoint(listen);
    if (endpoint === null || !taken.some((each) => clash(each, endpoint))) return;
    const path = report.written(['metrics']) ? ['metrics', 'listen'] : ['listen'];
    report.error(path, `metrics and BGP cannot both listen on ${listen}`, 'another port for one of them');
  }
}

function clash(a: Endpoint, b: Endpoint): boolean {
  if (a.port !== b.port || a.address.length !== b.address.length) return false;
  return sameAddress(a.address, b.address) || isUnspecified(a.address) || isUnspecified(b.address);
}

/** Directories that everybody may write to. */
const SHARED_DIRECTORY = /^\/(tmp|var\/tmp|dev\/shm)\/[^/]*$/;

/** Who may write to the directory could take the socket's name first, and answer commands in our place. */
export function checkControl({ draft, report }: CheckContext): void {
  if (!SHARED_DIRECTORY.test(draft.control.socket)) return;
  const what = 'everybody may write to the directory of the socket, and could put a socket of theirs there';
  report.warn(['control', 'socket'], what, 'a directory of its own, such as /run/reflectord/control.sock');
}

/** Protocol ids of programs whose routes would be taken for ours (rtnetlink.h). */
const PROTOCOLS: Readonly<Record<number, string>> = {
  8: 'gated',
  9: 'router advertisements of userspace',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  14: 'xorp',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  187: 'isis of FRR',
  188: 'ospf of FRR',
  189: 'rip of FRR',
  192: 'eigrp of FRR',
};

/** Number of the kernel's table of local addresses. */
const LOCAL_TABLE = 255;

/** Routes of others are never touched, so ours need an id of their own. */
export function checkFib({ draft, report }: CheckContext): void {
  const { mode, protocol, table, families } = draft.fib;
  checkHome(['fib'], protocol, table);
  for (const [name, own] of Object.entries(families)) {
    if (own?.table === undefined && own?.protocol === undefined) continue;
    checkHome(['fib', 'families', name], own.protocol, own.table);
  }

  function checkHome(path: Path, id: number | undefined, number: number | undefined): void {
    if (number === LOCAL_TABLE) {
      const what = 'table 255 has the local addresses of this host';
      report.error([...path, 'table'], what, '254 (main), or a table of its own');
    }
    const other = PROTOCOLS[id ?? 0];
    if (other === undefined || mode === 'off') return;
    const what = `${id} is the protocol id of ${other}, whose routes in table ${number ?? table} would be taken for ours`;
    report.warn([...path, 'protocol'], what, 'an id that no other program uses, such as 186');
  }
}
