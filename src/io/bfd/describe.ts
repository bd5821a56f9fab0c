/** Describes why the sockets of a BFD session cannot be opened, for the operator. */
import { endName } from '../../spec/peer-name.ts';
import type { Bound } from './sockets.ts';

/** @param code an errno name */
export function describeProblem(code: string, { address, interfaceName }: Bound, multihop: boolean): string {
  const where = `${endName(address, interfaceName)} port ${multihop ? 4784 : 3784}`;
  return `no BFD packets can be received at ${where}: ${REASONS[code] ?? 'the system refuses it'} (${code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another program uses it, such as bfdd of FRR or a BFD protocol of BIRD (see: ss -ulnp); only one BFD daemon can run here',
  EADDRNOTAVAIL: 'this host does not have the address any more',
  ENODEV: 'the interface does not exist',
  EMFILE: 'the limit of open files is reached: raise LimitNOFILE= in systemd, or ulimit -n',
  EPERM: 'the daemon has no permission',
  EACCES: 'the daemon has no permission',
};
