/**
 * Accepts connections on a set of addresses that may change at runtime. An address that cannot be listened on is
 * reported, and the others are used. At the limit of open files a new connection is closed at once and reported: a
 * connection in the backlog that is not accepted would look established to the peer.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Connection } from '../../engine/ports/ports.ts';
import { formatAddress, formatPrefix } from '../../lib/ip.ts';
import type { ListenSpec } from '../../spec/router.ts';
import { guarded } from '../system/guard.ts';
import { errnoName, type Libc, libc, whyNoLibc } from '../system/libc.ts';
import { formatEndpoint } from './address.ts';
import { acceptConnection, openConnections } from './connection.ts';
import { connectionLimit } from './file-limit.ts';
import { Keyring, type ListenKey } from './keyring.ts';
import { listenOptions, listenWishes, setOptions } from './options.ts';
import { familyOf, SOCKET_STREAM, socketAddress } from './sockaddr.ts';

/** Connections that the kernel completes before the daemon accepts them; net.core.somaxconn caps it. */
const BACKLOG = 4096;
/** Shortest time between two reports of refused connections. */
const REFUSAL_REPORT_MS = 1000;

export interface ListenProblem {
  /** `listen`: the daemon does not listen on the address; `accept`: single connections were not accepted. */
  readonly kind: 'listen' | 'accept';
  /** An errno name: EADDRINUSE, EACCES, EADDRNOTAVAIL, EMFILE, ... */
  readonly code: string;
  readonly spec: ListenSpec;
  /** In words, with the remedy. */
  readonly message: string;
  /** Connections refused since the last report; 0 for `listen`. */
  readonly refused: number;
}

/** `port` is never 0: for port 0 it is the one that the kernel chose. */
type BoundAddress = ListenSpec;

interface ListenerOptions {
  /** Maximum number of open connections, including dialed ones; the default follows from the limit of open files. */
  readonly maxConnections?: number;
  /** Keys of the first sockets; the default is none. */
  readonly keys?: readonly ListenKey[];
}

export interface Listener {
  /** The addresses that are listened on, in the order of the specs. */
  readonly bound: readonly BoundAddress[];
  /**
   * Opens the new addresses; existing listeners and accepted connections are not touched. The result has the addresses
   * that could not be opened; the caller then commits or undoes the whole change.
   */
  prepare(specs: readonly ListenSpec[]): Promise<ListenChange>;
  /** Sets the TCP MD5 keys of all sockets, including those that are opened later. */
  setKeys(keys: readonly ListenKey[]): void;
  /** Why the key of a prefix is not set on some socket, in words, by the prefix as text. */
  readonly keyProblems: ReadonlyMap<string, string>;
  /** Stops listening; accepted connections stay open. */
  close(): Promise<void>;
}

/** A prepared change of the addresses. */
interface ListenChange {
  /** Addresses that could not be opened, with the reason. */
  readonly problems: readonly ListenProblem[];
  /** Closes the addresses that are not wanted any more; those that could not be opened are skipped. */
  commit(): void;
  /** Closes the new addresses, and opens again those that were closed to make room. */
  undo(): Promise<void>;
}

/**
 * Listens on all of `specs`. Resolves when each is bound or has been reported to `onProblem`; the caller checks
 * `bound`. An IPv6 address never accepts IPv4 connections, so 0.0.0.0 and :: can be used together.
 */
export async function listen(
  specs: readonly ListenSpec[],
  onAccept: (connection: Connection) => void,
  onProblem: (problem: ListenProblem) => void,
  options: ListenerOptions = {},
): Promise<Listener> {
  const listener = new TcpListener(onAccept, onProblem, options.maxConnections ?? connectionLimit());
  listener.setKeys(options.keys ?? []);
  const change = await listener.prepare(specs);
  for (const problem of change.problems) onProblem(problem);
  change.commit();
  return listener;
}

/** A socket that listens. */
interface Listening {
  readonly server: Server;
  readonly spec: ListenSpec;
  /** Null if libc cannot be called: then the socket has no keys. */
  readonly keyring: Keyring | null;
}

class TcpListener implements Listener {
  keyProblems = new Map<string, string>();
  private servers = new Map<string, Listening>();
  private keys: readonly ListenKey[] = [];
  private readonly onAccept: (connection: Connection) => void;
  private readonly onProblem: (problem: ListenProblem) => void;
  private readonly maxConnections: number;
  private underWay: Promise<void> = Promise.resolve();
  private refused = 0;
  private reportAtMs = 0;

  constructor(onAccept: (c: Connection) => void, onProblem: (p: ListenProblem) => void, maxConnections: number) {
    this.onAccept = onAccept;
    this.onProblem = onProblem;
    this.maxConnections = maxConnections;
  }

  get bound(): readonly BoundAddress[] {
    return [...this.servers.values()].map(({ server, spec }) => {
      const address = server.address();
      return {
        address: spec.address,
        port: address !== null && typeof address === 'object' ? address.port : spec.port,
      };
    });
  }

  /** One change at a time: the next one waits until the previous one is committed or undone. */
  async prepare(specs: readonly ListenSpec[]): Promise<ListenChange> {
    const before = this.underWay;
    let done: () => void = () => {};
    this.underWay = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    return this.change(specs, done);
  }

  async close(): Promise<void> {
    (await this.prepare([])).commit();
  }

  private async change(specs: readonly ListenSpec[], done: () => void): Promise<ListenChange> {
    const wanted = new Map(specs.map((spec) => [formatEndpoint(spec.address, spec.port), spec]));
    const going = new Map([...this.servers].filter(([key]) => !wanted.has(key)));
    const opened = new Map<string, Listening>();
    const closed: ListenSpec[] = [];
    const problems: ListenProblem[] = [];
    for (const [key, spec] of wanted) {
      if (this.servers.has(key)) continue;
      let result = await this.open(spec);
      if ('code' in result && result.code === 'EADDRINUSE') {
        // A specific address may replace a wildcard on the same port, which must be closed first.
        const inTheWay = [...going].filter(([, { spec: other }]) => other.port === spec.port);
        for (const [goingKey, { server, spec: other }] of inTheWay) {
          server.close();
          going.delete(goingKey);
          this.servers.delete(goingKey);
          closed.push(other);
        }
        if (inTheWay.length > 0) result = await this.open(spec);
      }
      if ('code' in result) problems.push(result);
      else opened.set(key, result);
    }
    return {
      problems,
      commit: () => {
        for (const { server } of going.values()) server.close();
        const next = [...wanted.keys()].map((key) => [key, this.servers.get(key) ?? opened.get(key)] as const);
        this.servers = new Map(next.filter((entry): entry is [string, Listening] => entry[1] !== undefined));
        // The keys may have changed while the sockets were opened.
        this.setKeys(this.keys);
        done();
      },
      undo: async () => {
        for (const { server } of opened.values()) server.close();
        for (const spec of closed) await this.reopen(spec);
        this.setKeys(this.keys);
        done();
      },
    };
  }

  private async reopen(spec: ListenSpec): Promise<void> {
    const result = await this.open(spec);
    if ('code' in result) this.onProblem(result);
    else this.servers.set(formatEndpoint(spec.address, spec.port), result);
  }

  setKeys(keys: readonly ListenKey[]): void {
    this.keys = keys;
    this.keyProblems = new Map();
    for (const { keyring } of this.servers.values()) {
      const problems = keyring?.update(keys) ?? keys.map(({ prefix }) => [formatPrefix(prefix), whyNoLibc()] as const);
      for (const [prefix, problem] of problems) this.keyProblems.set(prefix, problem);
    }
  }

  private open(spec: ListenSpec): Promise<Listening | ListenProblem> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    server.on('connection', (socket) => {
      guarded(
        'a new connection',
        () => this.accept(socket, spec),
        () => socket.destroy(),
      )();
    });
    const calls = libc();
    const bound = calls === null ? null : this.bind(calls, spec);
    return new Promise((resolve) => {
      server.on('error', (error: NodeJS.ErrnoException) => {
        const code = error.code ?? error.message;
        if (server.listening) this.onProblem(problemOf('accept', code, spec, 0));
        else resolve(problemOf('listen', code, spec, 0));
      });
      if (typeof bound === 'string') {
        resolve(problemOf('listen', bound, spec, 0));
      } else {
        startListening(server, spec, bound?.fd ?? null, () =>
          resolve({ server, spec, keyring: bound?.keyring ?? null }),
        );
      }
    });
  }

  /** A bound socket with its keys set, so that no connection precedes the keys; or the name of the error. */
  private bind(calls: Libc, { address, port }: ListenSpec): { fd: number; keyring: Keyring } | string {
    const fd = calls.socket(familyOf(address), SOCKET_STREAM, 0);
    if (fd < 0) return errnoName(-fd);
    const refused = setOptions(calls, fd, listenOptions(address));
    for (const wish of listenWishes(address)) setOptions(calls, fd, [wish]);
    const errno = refused?.errno ?? -calls.bind(fd, socketAddress(address, port));
    if (errno > 0) {
      calls.close(fd);
      return errnoName(errno);
    }
    const keyring = new Keyring(calls, fd, address.length);
    keyring.update(this.keys);
    return { fd, keyring };
  }

  private accept(socket: Socket, spec: ListenSpec): void {
    const connection = openConnections() < this.maxConnections ? acceptConnection(socket) : this.refuse(socket, spec);
    if (connection === null) return;
    // The handle has moved from `socket` to `connection`.
    const take = guarded('a new connection', this.onAccept, () => connection.destroy());
    take(connection);
  }

  private refuse(socket: Socket, spec: ListenSpec): null {
    socket.on('error', () => {});
    socket.destroy();
    this.refused++;
    if (performance.now() >= this.reportAtMs) {
      this.reportAtMs = performance.now() + REFUSAL_REPORT_MS;
      this.onProblem(problemOf('accept', 'EMFILE', spec, this.refused));
      this.refused = 0;
    }
    return null;
  }
}

/** @param fd of a bound socket; null: Node creates and binds one */
function startListening(server: Server, { address, port }: ListenSpec, fd: number | null, done: () => void): void {
  server.once('listening', done);
  if (fd !== null) {
    // For a socket from a descriptor, Node reads the backlog from the second argument.
    server.listen({ fd }, BACKLOG as unknown as () => void);
    return;
  }
  const ipv6Only = address.length === 16;
  server.listen({ host: formatAddress(address), port, backlog: BACKLOG, ipv6Only, exclusive: true });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there (see: ss -ltnp)',
  EACCES:
    'ports below 1024 need root or the capability CAP_NET_BIND_SERVICE (setcap, or AmbientCapabilities= in systemd)',
  EPERM: 'the system forbids it',
  EADDRNOTAVAIL: 'no interface of this host has the address',
  EAFNOSUPPORT: 'this host has no IPv6, or no IPv4',
  EMFILE: 'the limit of open files is reached: raise LimitNOFILE= in systemd, or ulimit -n',
  ENFILE: 'the whole system is at its limit of open files: raise fs.file-max',
};

function problemOf(kind: ListenProblem['kind'], code: string, spec: ListenSpec, refused: number): ListenProblem {
  const what = kind === 'listen' ? 'cannot listen on' : 'connections refused on';
  const message = `${what} ${formatEndpoint(spec.address, spec.port)}: ${REASONS[code] ?? 'the system says'} (${code})`;
  return { kind, code, spec, message, refused };
}
