/** `capture`: writes the messages of a peer to a capture file, as they come. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { CapturedView } from '../../../engine/api/operator-commands.ts';
import { ControlClientError } from '../../../io/control/client.ts';
import { parseAddress } from '../../../lib/ip.ts';
import type { Output } from '../../text/output.ts';
import { type End, LISTENING_PORT, PcapStream, pcapHeader } from '../../text/pcap.ts';
import { count, formatBytes } from '../../text/units.ts';

/** @throws ControlClientError if the file cannot be written */
export async function writeCapture(items: AsyncIterable<CapturedView>, output: Output, path: string): Promise<void> {
  let file: number | null = null;
  let packets = 0;
  const stream = new PcapStream();
  try {
    for await (const item of items) {
      if (item.kind === 'end') {
        const dropped =
          item.dropped === 0 ? '' : `; ${formatBytes(item.dropped)} were dropped, because they came too fast`;
        await output.line(
          `wrote ${formatBytes(item.octets)} of messages in ${count(packets, 'piece')} to ${path}, ended ${item.why}${dropped}`,
        );
        continue;
      }
      if (item.kind === 'begin') {
        file = create(path);
        await output.line(`capturing the messages of ${item.peer} for ${item.seconds} s; Ctrl-C ends it earlier`);
        await output.flush();
        continue;
      }
      if (file === null) continue;
      // Each piece is in the file at once: Ctrl-C leaves a whole capture.
      writeSync(file, packetsOf(stream, item));
      packets++;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new ControlClientError(`cannot write ${path}: ${message}`);
  } finally {
    if (file !== null) closeSync(file);
  }
}

function create(path: string): number {
  // The messages are those of a private network.
  const file = openSync(path, 'w', 0o600);
  writeSync(file, pcapHeader());
  return file;
}

function packetsOf(stream: PcapStream, item: Extract<CapturedView, { kind: 'messages' }>): Buffer {
  const { side, local, localPort, remote, remotePort } = item;
  const here: End = { address: octetsOf(local), port: side === 'in' ? LISTENING_PORT : localPort };
  const there: End = { address: octetsOf(remote), port: side === 'out' ? LISTENING_PORT : remotePort };
  const [from, to] = item.direction === 'sent' ? [here, there] : [there, here];
  return stream.packets(item.atMs, from, to, Buffer.from(item.bytes, 'base64'));
}

function octetsOf(address: string): Uint8Array {
  return parseAddress(address) ?? new Uint8Array(4);
}
