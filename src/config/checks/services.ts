/** Checks the services of the daemon: listen addresses, metrics, control socket, routing tables. */
import { formatAddress, parseAddress, sameAddress } from '../../lib/ip.ts';
import type { Path } from '../problems/problems.ts';
import { type Endpoint, isUnspecified, parseEndpoint } from '../values/addresses.ts';
import type { CheckContext } from './context.ts';

/** Two sockets cannot share an address and port. A wildcard address conflicts with every address. */
export function checkListen({ draft, report }: CheckContext): void {
  const endpoints: (Endpoint & { readonly path: Path })[] = [];
  for (const [at, { address, port }] of draft.listen.entries()) {
    const path = ['listen', at];
    // The default is not written in the file, and has no conflict.
    const endpoint = { address: parseAddress(address)!, port, path };
    const other = endpoints.find((each) => clash(each, endpoint));
    if (other !== undefined) {
      const what = `${address} port ${port} conflicts with the address on line ${report.lineOf(other.path)}`;
      report.error(path, what, 'each port of an address once; 0.0.0.0 and "::" include all addresses');
    }
    endpoints.push(endpoint);
  }
  const metrics = draft.metrics === 'none' ? 'none' : draft.metrics.listen;
  const taken = [...endpoints];
  checkHttp(metrics, 'metrics', 'BGP');
  checkHttp(draft.web.listen, 'web', 'BGP or metrics');
  checkReach(draft.web.listen);

  /** The page has no password. */
  function checkReach(listen: string): void {
    const endpoint = parseEndpoint(listen);
    if (endpoint === null || isLoopback(endpoint.address)) return;
    const what = `other hosts can read peers and routes on ${listen}: the web page has no password`;
    report.warn(['web', 'listen'], what, 'a loopback address, and a proxy with authentication or `ssh -L`');
  }

  function checkHttp(listen: string, section: string, others: string): void {
    const endpoint = parseEndpoint(listen);
    if (endpoint === null) return;
    const path = report.written([section]) ? [section, 'listen'] : ['listen'];
    if (taken.some((each) => clash(each, endpoint))) {
      report.error(path, `${section} and ${others} cannot both listen on ${listen}`, 'different ports');
    }
    taken.push({ ...endpoint, path });
  }
}

/** 127.0.0.0/8 and ::1. */
function isLoopback(address: Uint8Array): boolean {
  return address.length === 4 ? address[0] === 127 : formatAddress(address) === '::1';
}

function clash(a: Endpoint, b: Endpoint): boolean {
  if (a.port !== b.port || a.address.length !== b.address.length) return false;
  return sameAddress(a.address, b.address) || isUnspecified(a.address) || isUnspecified(b.address);
}

/** World-writable directories. */
const SHARED_DIRECTORY = /^\/(tmp|var\/tmp|dev\/shm)\/[^/]*$/;

/** Another user with write access to the directory could create the socket first and answer commands. */
export function checkControl({ draft, report }: CheckContext): void {
  if (!SHARED_DIRECTORY.test(draft.control.socket)) return;
  const what = 'the directory is world-writable: another user could create the socket first';
  report.warn(['control', 'socket'], what, 'a private directory, as in /run/reflectord/control.sock');
}

/** Protocol IDs of other programs, whose routes would be treated as ours (rtnetlink.h). */
const PROTOCOLS: Readonly<Record<number, string>> = {
  8: 'gated',
  9: 'router advertisement daemons',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  14: 'xorp',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  187: 'FRR IS-IS',
  188: 'FRR OSPF',
  189: 'FRR RIP',
  192: 'FRR EIGRP',
};

/** Number of the table of local addresses. */
const LOCAL_TABLE = 255;

/** Our routes need their own protocol ID, because routes of other programs are never touched. */
export function checkFib({ draft, report }: CheckContext): void {
  const { mode, protocol, table, families } = draft.fib;
  checkHome(['fib'], protocol, table);
  for (const [name, own] of Object.entries(families)) {
    if (own?.table === undefined && own?.protocol === undefined) continue;
    checkHome(['fib', 'families', name], own.protocol, own.table);
  }

  function checkHome(path: Path, id: number | undefined, number: number | undefined): void {
    if (number === LOCAL_TABLE) {
      const what = 'table 255 is the table of local addresses';
      report.error([...path, 'table'], what, '254 (main), or a separate table');
    }
    const other = PROTOCOLS[id ?? 0];
    if (other === undefined || mode === 'off') return;
    const what = `${id} is the protocol ID of ${other}; its routes in table ${number ?? table} would be treated as ours`;
    report.warn([...path, 'protocol'], what, 'an ID that no other program uses, such as 186');
  }
}
