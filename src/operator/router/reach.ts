import { connect } from 'node:net';
import type { Address } from '../../routing/table.ts';

const patienceMs = 700;

/**
 * Tells whether a connection to an address was ever accepted. A Service that was just made has an address before the
 * node leads it anywhere: what is sent there meanwhile is lost, and is sent again only after a second or more.
 */
export function reachability(): (address: Address) => Promise<boolean> {
  const reached = new Set<string>();
  return async ({ host, port }) => {
    const name = `${host} ${port}`;
    if (!reached.has(name) && (await accepts(host, port))) reached.add(name);
    return reached.has(name);
  };
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(patienceMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
