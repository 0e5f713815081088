import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { reachability } from '../../../src/operator/router/reach.ts';

test('an address that once accepted a connection is in reach, and one that never did is not', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const reached = reachability();
  expect(await reached(address)).toBe(true);
  server.close();
  await once(server, 'close');
  expect(await reached(address), 'a baseline that is away for a moment undoes no enrolment').toBe(true);
  expect(await reachability()(address)).toBe(false);
});
