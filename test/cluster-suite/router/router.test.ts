import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { mintCorrelation } from '../../../src/routing/key.ts';
import { rolledOut } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { openStage } from './stage.ts';

const cluster = await openCluster();
const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const ns = await scratchNamespace(cluster, 'haproxy', restricted);
afterAll(() => ns[Symbol.asyncDispose]());
const stage = await openStage(cluster, ns.name);

/** Sends requests one after the other on new connections until time is over, or `COUNT` of them; prints what came. */
const load = `
const http = require('http');
const { ADDRESS, KEY, COUNT, MS, CORRELATION } = process.env;
const seen = {};
const note = (what) => { seen[what] = (seen[what] ?? 0) + 1; };
const one = () => new Promise((done) => {
  const headers = KEY ? { baggage: 'seatrial=' + KEY + (CORRELATION ? '.' + CORRELATION : '') } : {};
  http.get({ host: ADDRESS, port: 80, headers, agent: false, timeout: 8000 }, (answer) => {
    let body = '';
    answer.on('data', (bytes) => { body += bytes; }).on('end', () => {
      note(answer.statusCode + ' ' + (answer.headers['x-seatrial-error'] ?? body));
      done();
    }).on('error', () => { note('broken'); done(); });
  }).on('timeout', function () { this.destroy(); }).on('error', (error) => { note(error.code); done(); });
});
(async () => {
  const until = Date.now() + Number(MS ?? 0);
  for (let n = 0; COUNT ? n < Number(COUNT) : Date.now() < until; n += 1) await one();
  console.log(JSON.stringify(seen));
})();`;

const seenBy = async (env: Record<string, string>): Promise<Record<string, number>> =>
  z.record(z.string(), z.number()).parse(JSON.parse(await stage.script(load, env)));

const receiptAnswer = z.object({
  complete: z.boolean(),
  epoch: z.string(),
  counts: z.array(z.object({ destination: z.string(), count: z.number(), service: z.string() })),
});

/** The counts of all routers together. */
async function counted(key: string, correlation: string): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const address of (await stage.routers()).values()) {
    const path = `/v1/receipts?key=${key}&correlation=${correlation}`;
    const receipt = receiptAnswer.parse(await stage.ask(address, path));
    expect(receipt.complete).toBe(true);
    for (const { destination, count } of receipt.counts) sums[destination] = (sums[destination] ?? 0) + count;
  }
  return sums;
}

test('over two routers: keyed requests reach the fork, others the baseline, and all hops are counted', async () => {
  expect((await stage.routers()).size).toBe(2);
  const { key } = await stage.sandbox('pr-1');
  const correlation = mintCorrelation();
  expect(await seenBy({ KEY: key, COUNT: '60', CORRELATION: correlation })).toEqual({ '200 fork pr-1': 60 });
  expect(await seenBy({ COUNT: '20' })).toEqual({ '200 baseline': 20 });
  expect(await counted(key, correlation)).toEqual({ fork: 60 });
  const reserved = mintCorrelation();
  const passed = await seenBy({ KEY: 'base-000000000000000', COUNT: '20', CORRELATION: reserved });
  expect(passed).toEqual({ '200 baseline': 20 });
  expect(await counted('base-000000000000000', reserved)).toEqual({ baseline: 20 });
});

test('a fork pod deleted by hand: its requests are refused until the next one serves, never the baseline', async () => {
  const { key, pod } = await stage.sandbox('pr-2');
  const loading = seenBy({ KEY: key, MS: '9000' });
  await cluster.kubectl(['-n', ns.name, 'delete', 'pod', pod, '--wait=false']);
  const seen = await loading;
  expect(Object.keys(seen)).not.toContain('200 baseline');
  expect(seen['200 fork pr-2']).toBeGreaterThan(0);
  expect(Object.keys(seen).filter((what) => what.startsWith('503 fork-')).length).toBeGreaterThan(0);
  expect(await seenBy({ KEY: key, COUNT: '5' })).toEqual({ '200 fork pr-2': 5 });
});

test('a router deleted under load: no request is lost, and none is routed wrongly', async () => {
  const { key } = await stage.sandbox('pr-3');
  // Beyond the moment at which it takes no more connections.
  const loads = Promise.all([seenBy({ KEY: key, MS: '20000' }), seenBy({ MS: '20000' })]);
  const [first = ''] = (await stage.routers()).keys();
  await cluster.kubectl(['-n', ns.name, 'delete', 'pod', first, '--wait=false']);
  const [keyed, unkeyed] = await loads;
  expect(Object.keys(keyed)).toEqual(['200 fork pr-3']);
  expect(Object.keys(unkeyed)).toEqual(['200 baseline']);
});

test('both routers killed: requests fail or are refused until one is back, and no keyed one reaches the baseline', async () => {
  const { key } = await stage.sandbox('pr-4');
  await rolledOut(cluster, ns.name, ['deployment/seatrial-router']);
  const loads = Promise.all([seenBy({ KEY: key, MS: '15000' }), seenBy({ MS: '15000' })]);
  const pods = [...(await stage.routers()).keys()];
  await cluster.kubectl(['-n', ns.name, 'delete', 'pod', ...pods, '--force', '--grace-period=0']);
  const [keyed, unkeyed] = await loads;
  expect(Object.keys(keyed)).not.toContain('200 baseline');
  expect(Object.keys(unkeyed).filter((what) => what.startsWith('200'))).toEqual(['200 baseline']);
  await rolledOut(cluster, ns.name, ['deployment/seatrial-router']);
  expect(await seenBy({ KEY: key, COUNT: '5' })).toEqual({ '200 fork pr-4': 5 });
});

test('HAProxy killed in its pod: it refuses keyed requests until it has the table, and serves all others', async () => {
  const { key } = await stage.sandbox('pr-5');
  const loads = Promise.all([seenBy({ KEY: key, MS: '9000' }), seenBy({ MS: '9000' })]);
  for (const pod of (await stage.routers()).keys()) {
    const kill = 'kill -9 $(pidof haproxy) || for p in /proc/[0-9]*; do kill -9 $(basename $p); done';
    await cluster.tryKubectl(['-n', ns.name, 'exec', pod, '-c', 'haproxy', '--', 'sh', '-c', kill]);
  }
  const [keyed, unkeyed] = await loads;
  expect(Object.keys(keyed)).not.toContain('200 baseline');
  expect(keyed['200 fork pr-5']).toBeGreaterThan(0);
  expect(Object.keys(unkeyed).filter((what) => what.startsWith('200'))).toEqual(['200 baseline']);
  await rolledOut(cluster, ns.name, ['deployment/seatrial-router']);
  expect(await seenBy({ KEY: key, COUNT: '5' })).toEqual({ '200 fork pr-5': 5 });
});
