import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { openGateway } from '../../src/gateway/gateway.ts';
import type { Address } from '../../src/routing/table.ts';
import { describeRouters } from './routers.ts';
import { keyA, listening, routed } from './support.ts';

/** A service that answers each message with its name before it. */
function echo(name: string): Promise<Address> {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket: WebSocket) => {
    socket.on('message', (data) => socket.send(`${name}:${String(data)}`));
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (one) => sockets.emit('connection', one));
  });
  return listening(server);
}

interface Talk {
  readonly said: string;
  readonly code: number;
  readonly routed: unknown;
}

const body = 'x'.repeat(200_000);

function talk(port: number, headers: Record<string, string> = {}): Promise<Talk> {
  return new Promise((resolve, reject) => {
    let said = '';
    let routedTo: unknown;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers });
    socket
      .on('upgrade', (answer) => {
        routedTo = answer.headers['x-seatrial-routed'];
      })
      .on('open', () => socket.send(body))
      .on('message', (data) => {
        said = String(data);
        socket.close(4001, 'done');
      })
      .on('close', (code) => resolve({ said, code, routed: routedTo }))
      .on('error', reject);
  });
}

describeRouters(({ open }) => {
  const opened = async () => {
    const forks = [{ service: 'pricing', key: keyA, sandbox: 'sandbox-a', address: await echo('fork') }];
    return open({ baseline: await echo('baseline'), forks });
  };

  test('a WebSocket without key is one of the baseline, and sees nothing of ours', async () => {
    const { address } = await opened();
    expect(await talk(address.port)).toEqual({ said: `baseline:${body}`, code: 4001, routed: undefined });
  });

  test('a WebSocket with a key is one of the fork, and its hop is in the receipt', async () => {
    const { address, receipt } = await opened();
    const keyed = await talk(address.port, { baggage: `seatrial=${keyA}.12345678` });
    expect(keyed).toEqual({ said: `fork:${body}`, code: 4001, routed: 'pricing=sandbox-a' });
    expect((await receipt(keyA, { hops: 1 })).hops).toMatchObject([
      { destination: 'fork', status: 101, correlation: '12345678' },
    ]);
  });
});

test('a WebSocket through the gateway carries the key', async () => {
  const { address } = await routed(await echo('baseline'), { [keyA]: await echo('fork') });
  const gateway = await openGateway({
    service: 'pricing',
    sideName: 'pr-1',
    key: keyA,
    upstream: () => address,
    serviceHost: 'pricing',
  });
  const through = await talk(gateway.port, { origin: 'http://shop.pr-1.localhost:8080' });
  expect(through).toEqual({ said: `fork:${body}`, code: 4001, routed: 'pricing=sandbox-a' });
  await gateway.close();
});
