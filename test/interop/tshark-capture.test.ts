/** A file of `reflectord capture`, read by tshark. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { announce, TYPE } from '../lab/bgp-bytes.ts';
import { reflectordProgram } from '../lab/build.ts';
import { daemon } from '../lab/daemons.ts';
import { LoopbackReflector } from '../lab/loopback.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { eventually } from '../lab/wait-for.ts';

jest.setTimeout(60_000);

describeWithDaemons(['tshark'], 'a capture', () => {
  let reflector: LoopbackReflector;
  let folder: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    reflector = await LoopbackReflector.start();
  }, 120_000);
  afterAll(async () => {
    await reflector?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('that Ctrl-C ends decodes as BGP in both directions, without an error', async () => {
    const file = join(folder, 'peer.pcap');
    const [peer, source] = [await reflector.establish('127.0.0.2'), await reflector.establish('127.0.0.3')];
    const words = ['--socket', reflector.daemon.socket, 'capture', '127.0.0.2', file];
    const cli = spawn(process.execPath, [reflectordProgram(), ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(cli.stdout, 'data');
    source.send(announce('192.0.2.1', '198.51.100.0/24'));
    await peer.next(TYPE.update);
    peer.send(announce('192.0.2.2', '203.0.113.0/24'));
    await eventually('both directions are in the file', () => {
      const lines = dissect(file);
      expect(lines.some((line) => line.startsWith('179,') && line.includes('198.51.100.0'))).toBe(true);
      expect(lines.some((line) => !line.startsWith('179,') && line.includes('203.0.113.0'))).toBe(true);
    });
    cli.kill('SIGINT');
    await once(cli, 'exit');
    expect(dissect(file).filter((line) => /malformed|bad/i.test(line))).toEqual([]);
    expect(dissect(file).every((line) => /^\d+,\d+,(BGP|bgp)/.test(line))).toBe(true);
  });
});

/** `source port,destination port,protocol,prefixes,expert messages`, one line per packet; the checksums are verified. */
function dissect(file: string): string[] {
  const { program, env } = daemon('tshark');
  const fields = ['tcp.srcport', 'tcp.dstport', '_ws.col.Protocol', 'bgp.nlri_prefix', '_ws.expert.message'];
  const args = ['-r', file, '-n', '-T', 'fields', '-E', 'separator=,', ...fields.flatMap((name) => ['-e', name])];
  const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-o', 'bgp.asn_len:4 octet'];
  const text = execFileSync(program('usr/bin/tshark'), [...args, ...checks], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return text.split('\n').filter((line) => line !== '');
}
