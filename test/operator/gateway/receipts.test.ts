import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { Pod } from '../../../src/kube/objects.ts';
import { clusterReceipt } from '../../../src/operator/gateway/receipts.ts';
import { ports } from '../../../src/sandbox/cluster-names.ts';
import type { HopCount } from '../../../src/sandbox/hop.ts';

/** An agent of a router, at a loopback address of its own, that counted this. */
async function router(podIP: string, count: Partial<HopCount>): Promise<Pod> {
  const hop = { correlation: '12345678', service: 'pricing', destination: 'fork', instance: 'pod/0' };
  const counts = [{ ...hop, ...count }];
  const receipt = { complete: true, incompleteReason: null, epoch: podIP, counts, hops: [] };
  const server = createServer((_, answer) => answer.end(JSON.stringify(receipt)));
  server.listen(ports.routerAgent, podIP);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podIP },
    status: { podIP, phase: 'Running' },
  } as Pod;
}

const question = { key: 'aaaaaaaaaaaaaaaaaaaa', correlations: ['12345678'], hops: 0 };
const summed = async (...routers: Pod[]) =>
  (await clusterReceipt(routers, question, AbortSignal.timeout(10_000))).counts;

test('hops that failed or are open are summed over the routers', async () => {
  const [one, other] = [
    await router('127.0.0.21', { count: 2, failed: 1 }),
    await router('127.0.0.22', { count: 3, failed: 1, open: 1 }),
  ];
  expect(await summed(one, other)).toMatchObject([{ count: 5, failed: 2, open: 1 }]);
  expect((await summed(one))[0]).not.toHaveProperty('open');
});

test('where a router of before does not tell, it is not known how many failed', async () => {
  const old = await router('127.0.0.23', { count: 2 });
  const counts = await summed(await router('127.0.0.24', { count: 1, failed: 1 }), old);
  expect(counts).toMatchObject([{ count: 3 }]);
  expect(counts[0]).not.toHaveProperty('failed');
});
