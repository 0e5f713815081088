import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openConnections } from '../../../src/operator/router/connections.ts';

test('counts connections to a port that send nothing, and forgets them when they end', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const callers = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(callers.map((caller) => once(caller, 'connect')));
  await expect.poll(async () => (await openConnections()).get(port)).toBe(2);
  for (const caller of callers) caller.destroy();
  await expect.poll(async () => (await openConnections()).get(port) ?? 0).toBe(0);
  server.close();
});

test('knows of none where the kernel has no table', async () => {
  expect((await openConnections('/nowhere')).size).toBe(0);
});
