import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';
import { z } from 'zod';
import { deafAfterMs, refusesWithinMs } from '../../../src/operator/agent-api.ts';
import { mintKey } from '../../../src/routing/key.ts';
import { openCluster } from '../support/cluster.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { inNode, nodeTest } from '../support/node.ts';
import { openStage } from './stage.ts';

const cluster = await openCluster();
const ns = await scratchNamespace(cluster, 'deaf');
afterAll(() => ns[Symbol.asyncDispose]());
const stage = await openStage(cluster, ns.name);

/** One request to a router itself, as over a connection that a caller has to it: `<status> <error or body>`. */
async function through(address: string, key: string | null): Promise<string> {
  const code = `
    const headers = process.env.KEY ? { baggage: 'seatrial=' + process.env.KEY } : {};
    fetch('http://' + process.env.ROUTER + ':20000', { headers }).then(async (answer) => {
      console.log(answer.status + ' ' + (answer.headers.get('x-seatrial-error') ?? (await answer.text())));
    });`;
  return (await stage.script(code, { ROUTER: address, ...(key === null ? {} : { KEY: key }) })).trim();
}

const told = z.object({ ready: z.boolean(), trouble: z.string().nullable() });
const stateOf = async (address: string) => told.parse(await stage.ask(address, '/readyz'));
const receiptOf = async (address: string, key: string) =>
  z
    .object({ complete: z.boolean(), epoch: z.string() })
    .parse(await stage.ask(address, `/v1/receipts?key=${key}`));

/** A Sandbox whose key is written, and that has no fork yet. */
async function keyed(name: string): Promise<string> {
  const key = mintKey();
  const owner = { principal: 'test', repository: 'shop', workingTree: 'shop' };
  await stage.apply({
    apiVersion: 'seatrial.dev/v1alpha1',
    kind: 'Sandbox',
    metadata: { name },
    spec: {
      owner,
      lease: { durationSeconds: 600, maxSeconds: 6000 },
      forks: [{ service: 'pricing', source: { image: stage.image } }],
    },
  });
  const patch = JSON.stringify({ status: { routingKey: key, phase: 'Provisioning' } });
  const status = ['--subresource=status', '--type=merge', '-p', patch];
  await cluster.kubectl(['-n', ns.name, 'patch', 'sandbox', name, ...status]);
  return key;
}

nodeTest(
  cluster,
  'a router whose link to the API is dead refuses keys in time, keeps serving all others, and learns what it missed',
  async () => {
    const before = await stage.sandbox('before');
    const [deaf = '', other = ''] = (await stage.routers()).values();
    const api = await cluster.kubectl([
      '-n',
      'default',
      'get',
      'service',
      'kubernetes',
      '-o',
      'jsonpath={.spec.clusterIP}',
    ]);
    const endpoint = ['get', 'endpointslice', 'kubernetes', '-o', 'jsonpath={.ports[0].port}'];
    const port = (await cluster.kubectl(['-n', 'default', ...endpoint])).trim();
    // Both ways: what the server sends on a connection that stands would arrive, acknowledged or not.
    const cuts = [
      ['PREROUTING', '-s', deaf, '-d', api.trim(), '-p', 'tcp', '--dport', '443', '-j', 'DROP'],
      ['OUTPUT', '-d', deaf, '-p', 'tcp', '--sport', port, '-j', 'DROP'],
    ];
    const first = await receiptOf(deaf, before.key);
    expect(first.complete).toBe(true);
    for (const cut of cuts) await inNode(cluster, ['iptables', '-t', 'raw', '-I', ...cut]);
    try {
      // By now it may have heard of the API for the last time.
      await sleep(1_000);
      const key = await keyed('missed');
      const written = Date.now();
      await expect.poll(() => through(other, key), { timeout: 10_000 }).toBe('503 fork-not-ready');
      // What the test is about: within its time it does not know better.
      expect(await through(deaf, key)).toBe('200 baseline');
      await sleep(written + refusesWithinMs - Date.now());
      expect(await through(deaf, key)).toBe('503 router-not-loaded');
      expect(Date.now() - written).toBeLessThan(refusesWithinMs + 5_000);
      expect(await through(deaf, before.key)).toBe('503 router-not-loaded');
      expect(await through(deaf, null)).toBe('200 baseline');
      expect(await through(deaf, 'base-000000000000000')).toBe('200 baseline');
      const seconds = deafAfterMs / 1000;
      expect(await stateOf(deaf)).toEqual({
        ready: true,
        trouble: expect.stringContaining(`has not heard the API server for more than ${seconds} s`),
      });
      expect((await receiptOf(deaf, before.key)).complete).toBe(false);
      expect((await receiptOf(other, before.key)).complete).toBe(true);
      expect([...(await stage.routers()).values()].sort()).toEqual([deaf, other].sort());
      for (const cut of cuts) await inNode(cluster, ['iptables', '-t', 'raw', '-D', ...cut]);
      await expect.poll(() => through(deaf, key), { timeout: 30_000 }).toBe('503 fork-not-ready');
      expect(await through(deaf, before.key)).toBe('200 fork before');
      const last = await receiptOf(deaf, before.key);
      expect(last.complete).toBe(true);
      expect(last.epoch).not.toBe(first.epoch);
    } finally {
      for (const cut of cuts) await inNode(cluster, ['iptables', '-t', 'raw', '-D', ...cut]).catch(() => {});
    }
  },
  240_000,
);
