/** A reload changes the names and the number of metrics of a running daemon, on the same address. */
import { rmSync } from 'node:fs';
import { reflectordProgram } from '../lab/build.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { waitFor } from '../lab/wait-for.ts';

jest.setTimeout(60_000);
beforeAll(() => void reflectordProgram(), 180_000);

test('frr and bird appear with a reload, peers disappear with one, and the server stays', async () => {
  const folder = temporaryFolder();
  const daemon = new Reflectord(folder);
  try {
    const [port, metrics] = [await freePort(), await freePort()];
    const configuration = (more: object) => ({
      router: { as: 65000, id: '10.0.0.1' },
      listen: [{ address: '127.0.0.1', port }],
      peers: [{ address: '127.0.0.9', as: 65000, passive: true, description: 'leaf' }],
      metrics: { listen: `127.0.0.1:${metrics}`, ...more },
    });
    // A page is reused for a moment.
    const shows = (wanted: readonly string[], unwanted: readonly string[]) =>
      waitFor(
        `metrics with ${wanted.join()} and without ${unwanted.join()}`,
        async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text(),
        (page) => wanted.every((name) => page.includes(name)) && !unwanted.some((name) => page.includes(name)),
      );
    await daemon.start(configuration({}));
    await shows(['reflectord_peer_up{peer="127.0.0.9"} 0'], ['frr_', 'bird_']);
    await daemon.reload(configuration({ names: ['frr', 'bird'] }));
    await shows(['frr_bgp_peer_state{', 'bird_protocol_up{name="leaf"', 'process_cpu'], ['reflectord_']);
    await daemon.reload(configuration({ 'peer-detail': 'none' }));
    await shows(['reflectord_peers{state="Active"} 1', 'reflectord_peers_without_series 1'], ['127.0.0.9', 'frr_']);
    expect(daemon.log().match(/"http\.open"/g)).toHaveLength(1);
  } finally {
    await daemon.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
});
