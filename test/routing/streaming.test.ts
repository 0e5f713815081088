import { fork as startProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Address } from '../../src/routing/table.ts';
import { eventually, httpService, keyA, RawCaller, rawService, routed } from './support.ts';

const block = Buffer.alloc(1024 * 1024, 'seatrial');
const blocks = 100;

function* hundredMegabytes(): Generator<Buffer> {
  for (let n = 0; n < blocks; n += 1) yield block;
}

/** Sends 100 MB and reads what comes back; the SHA-256 of it, and its size. */
function exchange(address: Address): Promise<{ hash: string; size: number }> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-seatrial-key': keyA };
    const sent = request({ ...address, method: 'POST', headers, agent: false }, (answer) => {
      const hash = createHash('sha256');
      let size = 0;
      answer
        .on('data', (chunk: Buffer) => {
          hash.update(chunk);
          size += chunk.length;
        })
        .on('end', () => resolve({ hash: hash.digest('hex'), size }))
        .on('error', reject);
    });
    sent.on('error', reject);
    pipeline(Readable.from(hundredMegabytes(), { highWaterMark: 1 }), sent).catch(reject);
  });
}

/** A router in a process of its own, so that its memory is its own. */
async function routerProcess(fork: Address): Promise<{ address: Address; peakBytes(): Promise<number> }> {
  const child = startProcess(new URL('./router-process.ts', import.meta.url), {
    execArgv: ['--expose-gc'],
    env: { FORK_PORT: String(fork.port), KEY: keyA },
  });
  onTestFinished(() => void child.kill());
  const [port] = await once(child, 'message');
  return {
    address: { host: '127.0.0.1', port: z.number().parse(port) },
    peakBytes: async () => {
      child.send('peak');
      const [peak] = await once(child, 'message');
      return z.number().parse(peak);
    },
  };
}

test('100 MB pass in both directions at once, whole and in bounded memory', async () => {
  const fork = await httpService((incoming, answer) => incoming.pipe(answer));
  const { address, peakBytes } = await routerProcess(fork);
  const whole = createHash('sha256');
  for (const one of hundredMegabytes()) whole.update(one);
  expect(await exchange(address)).toEqual({ hash: whole.digest('hex'), size: blocks * block.length });
  expect(await peakBytes()).toBeLessThan(16 * block.length);
});

/** How many bytes a writer gets rid of before it is stopped by a reader that does not read. */
async function stuckAt(socket: Socket, bytes: Buffer): Promise<number> {
  let sent = 0;
  while (sent < 100 * block.length) {
    sent += bytes.length;
    if (socket.write(bytes)) continue;
    const drained = once(socket, 'drain').then(() => true);
    const stuck = new Promise<boolean>((resolve) => setTimeout(resolve, 500, false));
    if (!(await Promise.race([drained, stuck]))) break;
  }
  return sent;
}

test('a caller that does not read stops the service', async () => {
  let stuck: Promise<number> | null = null;
  const service = await rawService((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      stuck = stuckAt(socket, block);
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.socket.pause();
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => stuck !== null);
  expect(await stuck).toBeLessThan(50 * block.length);
});

test('a service that does not read stops the caller', async () => {
  const service = await rawService((socket) => void socket.pause());
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n');
  expect(await stuckAt(caller.socket, block)).toBeLessThan(50 * block.length);
});

test('a caller that sends many requests and reads no answers is not read on', async () => {
  const service = await rawService((socket) => {
    socket.on('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${block.length}\r\n\r\n`);
      socket.write(block);
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.socket.pause();
  const many = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1000)}\r\n\r\n`.repeat(1000));
  expect(await stuckAt(caller.socket, many)).toBeLessThan(50 * block.length);
});

test('a caller that sends many refused requests and reads no answers is not read on', async () => {
  const { address, table } = await routed(null);
  table.setRefused('pricing', keyA, 'fork-not-ready');
  const caller = new RawCaller(address);
  caller.socket.pause();
  const many = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nx-seatrial-key: ${keyA}\r\n\r\n`.repeat(5000));
  expect(await stuckAt(caller.socket, many)).toBeLessThan(50 * block.length);
});
