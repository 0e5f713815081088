import { createServer as createH2Server } from 'node:http2';
import { expect, test } from 'vitest';
import { ask as troubleOf } from '../../../src/operator/router/probe.ts';
import type { ProbeCheck } from '../../../src/operator/router/probe-plan.ts';
import type { Address } from '../../../src/routing/table.ts';
import { deadAddress, httpService, listening, rawService } from '../../routing/support.ts';

/** Without a trouble it serves. */
const ask = async (check: ProbeCheck, timeoutMs: number) => (await troubleOf(check, timeoutMs)) === null;

const patient = 5000;
const short = 200;

const http = (address: Address, more: Partial<Extract<ProbeCheck, { kind: 'http' }>> = {}): ProbeCheck => ({
  kind: 'http',
  address,
  tls: false,
  path: '/healthz',
  headers: [],
  ...more,
});

test.for([
  [200, true],
  [204, true],
  [399, true],
  [400, false],
  [503, false],
] as const)('over HTTP, %i: %s, as the kubelet reads it', async ([status, serves]) => {
  const address = await httpService((_, answer) => answer.writeHead(status).end());
  expect(await ask(http(address), patient)).toBe(serves);
});

test('over HTTP, path and headers are those of the probe, and a redirect is not followed', async () => {
  const heard: string[] = [];
  const address = await httpService(({ method, url, headers }, answer) => {
    heard.push(`${method} ${url} ${headers.host} ${headers['x-probe']}`);
    answer.writeHead(302, { location: '/elsewhere' }).end();
  });
  const headers = [['Host', 'shop.example'] as const, ['X-Probe', 'yes'] as const];
  expect(await ask(http(address, { path: '/ready?deep=1', headers }), patient)).toBe(true);
  expect(heard).toEqual(['GET /ready?deep=1 shop.example yes']);
});

test('what cannot be sent, does not answer, or speaks no HTTP does not serve', async () => {
  const silent = await rawService(() => {});
  const other = await rawService((socket) => void socket.once('data', () => socket.end('220 ftp\r\n')));
  const well = await httpService((_, answer) => answer.end());
  expect(await ask(http(await deadAddress()), patient)).toBe(false);
  expect(await ask(http(silent), short)).toBe(false);
  expect(await ask(http(other), patient)).toBe(false);
  expect(await ask(http(well, { path: '/a b' }), patient)).toBe(false);
  expect(await ask(http(well, { headers: [['X-Probe', 'a\nb']] }), patient)).toBe(false);
  expect(await ask(http(well, { tls: true }), patient)).toBe(false);
});

test('over TCP, a port that takes connections serves, whatever it says', async () => {
  const address = await rawService(() => {});
  expect(await ask({ kind: 'tcp', address }, patient)).toBe(true);
  expect(await ask({ kind: 'tcp', address: await deadAddress() }, patient)).toBe(false);
});

/** A health service that answers with a status of `grpc.health.v1`, by the name that it is asked for. */
function health(statuses: Readonly<Record<string, number>>): Promise<Address> {
  const server = createH2Server();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream
      .on('error', () => {})
      .on('data', (bytes: Buffer) => chunks.push(bytes))
      .on('end', () => {
        const name = Buffer.concat(chunks).subarray(7).toString();
        const status = headers[':path'] === '/grpc.health.v1.Health/Check' ? statuses[name] : undefined;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () =>
          stream.sendTrailers({ 'grpc-status': status === undefined ? '5' : '0' }),
        );
        stream.end(status === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, status]));
      });
  });
  return listening(server);
}

test('what does not serve says why, and whether anything listens', async () => {
  const address = await httpService((_, answer) => answer.writeHead(503).end());
  const dead = await deadAddress();
  expect(await troubleOf(http(address), patient)).toEqual({
    listens: true,
    message: `Its readiness probe, GET /healthz on port ${address.port}, got the answer 503.`,
  });
  expect(await troubleOf({ kind: 'tcp', address: dead }, patient)).toEqual({
    listens: false,
    message: `Nothing listens on port ${dead.port} of the fork.`,
  });
});

test('over gRPC, SERVING alone serves, by the name of the service', async () => {
  const address = await health({ '': 1, 'shop.Pricing': 1, 'shop.Tax': 2 });
  const grpc = (service: string): ProbeCheck => ({ kind: 'grpc', address, service });
  expect(await ask(grpc(''), patient)).toBe(true);
  expect(await ask(grpc('shop.Pricing'), patient)).toBe(true);
  expect(await ask(grpc('shop.Tax'), patient)).toBe(false);
  expect(await ask(grpc('unknown'), patient)).toBe(false);
});

test('what speaks no gRPC, or nothing at all, does not serve', async () => {
  const dead = await deadAddress();
  const plain = await httpService((_, answer) => answer.end('ok'));
  const silent = await rawService(() => {});
  expect(await ask({ kind: 'grpc', address: dead, service: '' }, patient)).toBe(false);
  expect(await ask({ kind: 'grpc', address: plain, service: '' }, patient)).toBe(false);
  expect(await ask({ kind: 'grpc', address: silent, service: '' }, short)).toBe(false);
});
