/** Waits for a daemon that was just started. */
import { connect } from 'node:net';

/** Resolves when the control socket at this path answers, and connections to the given port are taken. */
export async function ready(socket, { host = '127.0.0.1', port = 179 } = {}) {
  for (const target of [{ path: socket }, { host, port, localAddress: '127.0.0.254' }]) {
    while (!(await answers(target))) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function answers(target) {
  return new Promise((resolve) => {
    const probe = connect(target);
    probe.on('connect', () => resolve(true) ?? probe.destroy());
    probe.on('error', () => resolve(false));
  });
}
