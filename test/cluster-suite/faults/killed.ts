import { describe, expect, test } from 'vitest';
import { rolledOut } from '../support/apply.ts';
import type { Seen } from './load.ts';
import type { Stage } from './stage.ts';

/** Requests without a key lost nothing. */
export function expectWhole(unkeyed: Seen): void {
  expect(unkeyed).toEqual({ '200 baseline': expect.any(Number) });
}

/** Requests with the key were served by the fork or not at all. */
export function expectNeverBaseline(keyed: Seen): void {
  expect(keyed).not.toHaveProperty('200 baseline');
}

/** SIGKILL by the kubelet at once, and no drain. */
async function kill({ cluster }: Stage, namespace: string, pods: readonly string[]): Promise<void> {
  await cluster.kubectl(['-n', namespace, 'delete', 'pod', '--force', '--grace-period=0', ...pods]);
}

async function controllers({ cluster, systemNamespace }: Stage): Promise<readonly string[]> {
  const names = await cluster.kubectl(['-n', systemNamespace, 'get', 'pods', '-o', 'name']);
  return names
    .split('\n')
    .filter((name) => name !== '')
    .map((name) => name.replace('pod/', ''));
}

export function killed(stage: () => Stage): void {
  describe('killed', () => {
    test('both controllers while they provision: the next one goes on, and no request goes astray', async () => {
      const own = stage();
      const { key } = await own.begin('orphaned').then(({ routingKey }) => ({ key: routingKey }));
      const { keyed, unkeyed } = await own.during(key, async () => {
        await kill(own, own.systemNamespace, await controllers(own));
        expect(await own.settled('orphaned')).toMatchObject({ state: 'ready', routingKey: key });
      });
      expectNeverBaseline(keyed);
      expectWhole(unkeyed);
      expect(await own.caller.ask(own.address, key, 5)).toEqual({ '200 orphaned': 5 });
      await own.clean('orphaned');
      await own.intact();
    });

    test('both controllers while they tear down: the next one ends it, and no request goes astray', async () => {
      const own = stage();
      const { routingKey } = await own.ready('left');
      const { keyed, unkeyed } = await own.during(routingKey, async () => {
        const ending = own.engine.teardown('left', AbortSignal.timeout(120_000));
        await kill(own, own.systemNamespace, await controllers(own));
        expect((await ending).left).toEqual([]);
      });
      expectNeverBaseline(keyed);
      expectWhole(unkeyed);
      await own.clean('left');
      await own.intact();
    });

    test('one router under load: requests with the key never reach the baseline', async () => {
      const own = stage();
      const { routingKey } = await own.ready('halved');
      const { keyed } = await own.during(routingKey, async () => {
        const [first] = await own.pods('seatrial.dev/role=router');
        await kill(own, own.namespace, [first?.metadata.name ?? '']);
        await rolledOut(own.cluster, own.namespace, ['deployment/seatrial-router']);
      });
      expectNeverBaseline(keyed);
      expect(await own.caller.ask(own.address, routingKey, 10)).toEqual({ '200 halved': 10 });
      await own.clean('halved');
      await own.intact();
    });

    test('both routers under load: the same as long as they lead anywhere, and all goes through once one is back', async () => {
      const own = stage();
      const { routingKey } = await own.ready('cut-off');
      let givenBack = false;
      const { keyed } = await own.during(routingKey, async () => {
        const pods = await own.pods('seatrial.dev/role=router');
        await kill(
          own,
          own.namespace,
          pods.map(({ metadata }) => metadata.name),
        );
        const rolled = rolledOut(own.cluster, own.namespace, ['deployment/seatrial-router']);
        givenBack = await own.givenBackUntil(rolled);
        await expect.poll(() => own.isGivenBack(), { timeout: 60_000 }).toBe(false);
      });
      // Where no router came back in time, baseline callers got their Service back.
      if (!givenBack) expectNeverBaseline(keyed);
      expect(keyed['200 cut-off']).toBeGreaterThan(0);
      const again = () => own.caller.ask(own.address, routingKey, 10);
      await expect.poll(again, { timeout: 60_000 }).toEqual({ '200 cut-off': 10 });
      await own.clean('cut-off');
      await own.intact();
    });

    test('both gateways: calls through the engine go on once one is back, on their own side', async () => {
      const own = stage();
      await own.ready('held');
      const read = async (side: 'held' | null) => {
        const where =
          side === null ? ({ kind: 'baseline' } as const) : ({ kind: 'sandbox', name: side } as const);
        const { origin } = await own.engine.endpoint('pricing', where, AbortSignal.timeout(60_000));
        return (await fetch(`${origin}/`)).text();
      };
      expect([await read('held'), await read(null)]).toEqual(['held', 'baseline']);
      const pods = await own.pods('seatrial.dev/role=gateway');
      expect(pods).toHaveLength(2);
      await kill(
        own,
        own.namespace,
        pods.map(({ metadata }) => metadata.name),
      );
      await rolledOut(own.cluster, own.namespace, ['statefulset/seatrial-gateway']);
      // Refused until a gateway is there again; what is answered comes from its own side.
      const sides = async () => [await read('held').catch(() => null), await read(null).catch(() => null)];
      await expect.poll(sides, { timeout: 60_000 }).toEqual(['held', 'baseline']);
      await own.clean('held');
      await own.intact();
    });
  });
}
