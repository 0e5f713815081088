import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { rolledOut } from '../support/apply.ts';
import { expectNeverBaseline, expectWhole } from './killed.ts';
import type { Stage } from './stage.ts';

async function remove({ cluster, namespace }: Stage, ...what: readonly string[]): Promise<void> {
  await cluster.kubectl(['-n', namespace, 'delete', '--wait=false', ...what]);
}

/** Until the sandbox serves as it did. */
async function servesAgain({ caller, address }: Stage, name: string, key: string): Promise<void> {
  await expect
    .poll(() => caller.ask(address, key, 3), { timeout: 60_000, interval: 500 })
    .toEqual({ [`200 ${name}`]: 3 });
}

export function byHand(stage: () => Stage): void {
  describe('deleted by hand', () => {
    test('the fork: its requests are refused until the next one serves, and never reach the baseline', async () => {
      const own = stage();
      const { routingKey } = await own.ready('robbed');
      const { keyed, unkeyed } = await own.during(routingKey, async () => {
        await remove(own, 'deployment', '-l', 'seatrial.dev/sandbox=robbed');
        await servesAgain(own, 'robbed', routingKey);
      });
      expectNeverBaseline(keyed);
      expect(Object.keys(keyed).some((answer) => answer.startsWith('503 fork-'))).toBe(true);
      expectWhole(unkeyed);
      await own.clean('robbed');
      await own.intact();
    });

    test('the shadow Service: it is made again, and no request with the key reaches the baseline', async () => {
      const own = stage();
      const { routingKey } = await own.ready('shaded');
      const { keyed } = await own.during(routingKey, async () => {
        await remove(own, 'service', '-l', 'seatrial.dev/role=shadow,seatrial.dev/service=pricing');
        await sleep(1_000);
        await servesAgain(own, 'shaded', routingKey);
      });
      expectNeverBaseline(keyed);
      await own.clean('shaded');
      await own.intact();
    });

    test('the Deployment of the routers: it is made again, and no request with the key reaches the baseline', async () => {
      const own = stage();
      const { routingKey } = await own.ready('routeless');
      const { keyed } = await own.during(routingKey, async () => {
        await remove(own, 'deployment/seatrial-router');
        await sleep(2_000);
        await rolledOut(own.cluster, own.namespace, ['deployment/seatrial-router']);
        await servesAgain(own, 'routeless', routingKey);
      });
      expectNeverBaseline(keyed);
      await own.clean('routeless');
      await own.intact();
    });
  });
}
