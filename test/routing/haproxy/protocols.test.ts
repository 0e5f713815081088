import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer as createH2Server, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { haproxyPaths } from '../../../src/routing/haproxy/config.ts';
import { mapEntries, type PortEntry } from '../../../src/routing/haproxy/entries.ts';
import { writeHaproxyFiles } from '../../../src/routing/haproxy/files.ts';
import type { Address } from '../../../src/routing/table.ts';
import { type HaproxyProcess, startHaproxy } from '../haproxy-process.ts';
import { http2Session, httpService, keyA, keyB, listening, RawCaller, rawService } from '../support.ts';

async function opened(protocol: 'http' | 'tcp', baseline: Address, fork = baseline): Promise<HaproxyProcess> {
  const haproxy = await startHaproxy();
  const [routerPort = 0] = protocol === 'http' ? haproxy.httpPorts : haproxy.tcpPorts;
  const port: PortEntry = { service: 'pricing', routerPort, protocol, baseline, close: false };
  const forks = [
    {
      kind: 'fork' as const,
      service: 'pricing',
      key: keyA,
      sandbox: 'pr-1',
      instance: 'pod/0',
      addresses: new Map([[routerPort, fork]]),
    },
    { kind: 'refused' as const, service: 'pricing', key: keyB, reason: 'fork-gone' },
  ];
  await haproxy.runtime.load(mapEntries({ ports: [port], forks, tombstones: [] }));
  await haproxy.runtime.beat(await haproxy.runtime.epoch());
  return haproxy;
}

test('another protocol than HTTP passes byte by byte, whoever speaks first, to the baseline alone', async () => {
  const baseline = await rawService((socket) => {
    socket.write('hello, who is there?\n');
    socket.on('data', (bytes: Buffer) => socket.write(Buffer.concat([Buffer.from('> '), bytes])));
    socket.on('end', () => socket.end('bye'));
  });
  const fork = await rawService((socket) => void socket.end('fork'));
  const { tcpPorts } = await opened('tcp', baseline, fork);
  const [port = 0, unused = 0] = tcpPorts;
  const caller = new RawCaller({ host: '127.0.0.1', port });
  await caller.until('who is there?\n');
  // No key is looked for: what looks like one is bytes as others.
  const bytes = `GET / HTTP/1.1\r\nbaggage: seatrial=${keyA}\r\n\r\n\0\xff`;
  caller.write(bytes);
  await caller.until(`> ${bytes}`);
  caller.socket.end();
  expect(await caller.closed()).toMatch(/bye$/);
  const stray = new RawCaller({ host: '127.0.0.1', port: unused });
  stray.write('x');
  expect(await stray.closed()).toBe('');
});

/** A call over HTTP/2 without TLS, as gRPC makes it: what came as headers, as body, as trailers. */
async function call(port: number, key: string | null) {
  const session = http2Session({ host: '127.0.0.1', port });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/shop.Pricing/Quote',
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...(key === null ? {} : { baggage: `seatrial=${key}` }),
  });
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  let body = '';
  stream
    .on('response', (found) => {
      headers = found;
    })
    .on('trailers', (found) => {
      trailers = found;
    })
    .on('data', (bytes: Buffer) => {
      body += bytes.toString();
    });
  const ended = new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
  stream.write('first,');
  stream.end('second');
  await ended;
  return { headers, body, trailers };
}

function grpcService(name: string): Promise<Address> {
  const server = createH2Server();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5', 'x-from': name }));
    stream.pipe(stream);
  });
  return listening(server);
}

test('gRPC: bodies and trailers pass, by key; a refusal is status 14 in an answer without body', async () => {
  const { httpPorts } = await opened('http', await grpcService('baseline'), await grpcService('fork'));
  const [port = 0] = httpPorts;
  for (const [key, from] of [[null, 'baseline'] as const, [keyA, 'fork'] as const]) {
    const { headers, body, trailers } = await call(port, key);
    expect([headers[':status'], body]).toEqual([200, 'first,second']);
    expect(trailers).toMatchObject({ 'grpc-status': '5', 'x-from': from });
    expect(headers['x-seatrial-routed']).toBe(key === null ? undefined : 'pricing=pr-1');
  }
  const { headers, body, trailers } = await call(port, keyB);
  expect(headers).toMatchObject({
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': '14',
    'grpc-message': 'fork-gone',
    'x-seatrial-error': 'fork-gone',
  });
  expect([body, trailers]).toEqual(['', {}]);
});

const block = Buffer.alloc(1024 * 1024, 'seatrial');
const blocks = 100;

function* hundredMegabytes(): Generator<Buffer> {
  for (let n = 0; n < blocks; n += 1) yield block;
}

test('100 MB pass in both directions at once, whole, and HAProxy holds little of it', async () => {
  const fork = await httpService((incoming, answer) => incoming.pipe(answer));
  const { httpPorts, child } = await opened('http', fork);
  const whole = createHash('sha256');
  for (const one of hundredMegabytes()) whole.update(one);
  const before = await mostMemory(child.pid);
  const got = createHash('sha256');
  await new Promise((resolve, reject) => {
    const headers = { baggage: `seatrial=${keyA}` };
    const [port = 0] = httpPorts;
    const sent = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false }, (answer) => {
      answer
        .on('data', (bytes: Buffer) => got.update(bytes))
        .on('end', resolve)
        .on('error', reject);
    });
    sent.on('error', reject);
    pipeline(Readable.from(hundredMegabytes(), { highWaterMark: 1 }), sent).catch(reject);
  });
  expect(got.digest('hex')).toBe(whole.digest('hex'));
  expect((await mostMemory(child.pid)) - before).toBeLessThan(8 * block.length);
});

/** The most bytes of memory that a process ever held. */
async function mostMemory(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

test.for(['0.0.0.0', '127.0.0.1', '::', '::1'])(
  'HAProxy takes the configuration that listens on %s',
  async (bind) => {
    const folder = await mkdtemp(join(tmpdir(), 'seatrial-haproxy-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [http, tcp] = [
      { first: 20_000, count: 1000 },
      { first: 21_000, count: 1000 },
    ];
    await writeHaproxyFiles({ folder, bind, http, tcp, hardStopSeconds: 25 });
    const { config } = haproxyPaths(folder);
    await expect(promisify(execFile)('haproxy', ['-c', '-f', config])).resolves.toBeDefined();
    expect(await readFile(config, 'utf8')).toContain(
      bind.includes(':') ? `bind [${bind}]:20000-20999` : `bind ${bind}:20000-20999`,
    );
  },
);
