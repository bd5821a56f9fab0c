/** Waits for a daemon that was just started. */
import { connect } from 'node:net';

/** Resolves when the control socket at this path answers. */
export async function ready(socket) {
  for (;;) {
    const open = await new Promise((resolve) => {
      const probe = connect({ path: socket });
      probe.on('connect', () => resolve(true) ?? probe.destroy());
      probe.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
