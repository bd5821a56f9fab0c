/** Whether packets pass between two addresses, there and back. */
import type { Namespace } from './namespace.ts';

/** Connects to a port where nobody listens: that the connection is refused has come all the way back. */
const PROGRAM = `
const [host, localAddress] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port: 9, localAddress });
const timer = setTimeout(() => end('no answer'), 3000);
socket.on('error', ({ code }) => end(code));
function end(outcome) { console.log(outcome); clearTimeout(timer); socket.destroy(); }
`;

/** `ECONNREFUSED` when `to` answers a host that sends from the address `from`, else what happened instead. */
export async function reach(ns: Namespace, from: string, to: string): Promise<string> {
  return (await ns.exec(process.execPath, ['-e', PROGRAM, to, from])).trim();
}
