/** Why a BFD session can have no sockets, in words for the operator. No I/O. */
import { endName } from '../../spec/peer-name.ts';
import type { Bound } from './sockets.ts';

/** @param code an errno name */
export function describeProblem(code: string, { address, interfaceName }: Bound, multihop: boolean): string {
  const where = `${endName(address, interfaceName)} port ${multihop ? 4784 : 3784}`;
  return `no BFD packets can be received at ${where}: ${REASONS[code] ?? 'the system refuses it'} (${code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another program has it, as bfdd of FRR or a BFD protocol of BIRD does (see: ss -ulnp); only one can do BFD here',
  EADDRNOTAVAIL: 'the address is not on this host any more',
  ENODEV: 'the interface is not there',
  EMFILE: 'the limit of open files is reached: raise LimitNOFILE= in systemd, or ulimit -n',
  EPERM: 'the daemon may not',
  EACCES: 'the daemon may not',
};
