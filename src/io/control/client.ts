/** Sends commands to a running daemon over its control socket. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { CommandArguments, CommandItems, CommandName } from '../../engine/api/commands.ts';
import { LineSplitter } from '../system/lines.ts';
import { parseAnswerLine, requestLine } from './protocol.ts';

/** No daemon, no permission, or an error that the daemon answered with; the message is for the operator. */
export class ControlClientError extends Error {
  override readonly name = 'ControlClientError';
}

/** An item can be large: a prefix with thousands of paths. */
const MAX_ANSWER_LINE = 256 * 1024 * 1024;

/** The items of the answer, parsed. @throws ControlClientError, also after items */
export async function* request<C extends CommandName>(
  socketPath: string,
  command: C,
  args: CommandArguments[C],
): AsyncGenerator<CommandItems[C]> {
  for await (const batch of requestJson(socketPath, command, args)) {
    for (const json of batch) yield JSON.parse(json) as CommandItems[C];
  }
}

/**
 * The items of the answer as JSON texts, in batches as they arrive.
 * Leaving the loop closes the connection. @throws ControlClientError, also after items
 */
export async function* requestJson(socketPath: string, command: string, args: object): AsyncGenerator<string[]> {
  const socket = await open(socketPath);
  const lines = new LineSplitter(MAX_ANSWER_LINE);
  try {
    socket.write(requestLine({ command, arguments: args as Record<string, unknown> }));
    for await (const chunk of socket) {
      const batch: string[] = [];
      const ended = readBatch(lines.push(chunk as Buffer), batch);
      if (batch.length > 0) yield batch;
      if (ended === 'end') return;
      if (ended !== null) throw new ControlClientError(ended.error);
    }
  } catch (error) {
    throw error instanceof ControlClientError ? error : cutShort(error as Error);
  } finally {
    socket.destroy();
  }
  throw cutShort(null);
}

/** Collects the items of some lines; returns how the answer ended, or null while it has not. */
function readBatch(lines: string[] | null, batch: string[]): 'end' | { error: string } | null {
  if (lines === null) throw new ControlClientError('the answer has a line that is too long');
  for (const line of lines) {
    if (line === '') continue;
    const answer = parseAnswerLine(line);
    if (answer === null) throw new ControlClientError('the answer is not from reflectord');
    if (answer.kind === 'end') return 'end';
    if (answer.kind === 'error') return { error: answer.error };
    batch.push(answer.json);
  }
  return null;
}

async function open(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw new ControlClientError(whyNotOpen(socketPath, error as NodeJS.ErrnoException));
  }
  return socket;
}

function whyNotOpen(path: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return (
        `no reflectord answers on ${path}: is it running? Start it (systemctl start reflectord, or ` +
        'reflectord run CONFIG), or name its socket with --socket PATH or REFLECTORD_SOCKET'
      );
    case 'EACCES':
    case 'EPERM':
      return `no permission for ${path}: run this as root or as a member of the group that owns the socket`;
    default:
      return `cannot connect to ${path}: ${error.message}`;
  }
}

function cutShort(error: Error | null): ControlClientError {
  const why = error === null ? '' : ` (${error.message})`;
  return new ControlClientError(`reflectord closed the connection before its answer was complete${why}`);
}
