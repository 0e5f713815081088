import { expect, test } from 'vitest';
import type { ForkSpec } from '../../../src/sandbox/sandbox.ts';
import type { Stage } from '../faults/stage.ts';
import { openEngine, serviceOf } from '../support/engine.ts';
import { addPriced, addressOf } from './add.ts';

const owner = { principal: 'os:test', repository: '/tmp/stage/.git', workingTree: '/tmp/stage' };

export function mixed(stage: () => Stage): void {
  test('of two forks one fails: the sandbox fails and names it, the other is kept, and an update mends it', async () => {
    const own = stage();
    await addPriced(own, 'orders');
    const signal = AbortSignal.timeout(110_000);
    const services = ['pricing', 'orders'].map((name) => serviceOf(name, { observe: false }));
    const engine = await openEngine(own.kube, own.namespace, { services, maxSandboxes: 9 }, signal);
    try {
      const fork = (service: string, env: ForkSpec['env']): ForkSpec => ({
        service,
        env,
        revision: { kind: 'image', image: own.image, digest: null, revision: null },
      });
      const forks = [fork('pricing', {}), fork('orders', { MODE: 'crash' })];
      const { routingKey } = await engine.provision(
        { name: 'mixed', owner, leaseSeconds: 600, forks },
        signal,
      );
      const failed = await own.settled('mixed', engine);
      expect(failed).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
      // Which end it is told first may be the router's, who knows no code.
      const told = async () =>
        (await engine.list(owner, signal)).find(({ name }) => name === 'mixed')?.reason;
      await expect
        .poll(async () => (await told())?.message, { timeout: 20_000 })
        .toMatch(/^orders: .*exit code 7/);
      const at = await addressOf(own, 'orders');
      // The other one serves; no run may use it, as the sandbox is not ready.
      await expect.poll(() => own.caller.ask(own.address, routingKey, 2)).toEqual({ '200 mixed': 2 });
      const refused = await own.caller.ask(at, routingKey, 3);
      expect(Object.keys(refused).filter((answer) => !answer.startsWith('503 fork-'))).toEqual([]);
      for (const { name } of services) {
        const endpoint = engine.endpoint(name, { kind: 'sandbox', name: 'mixed' }, signal);
        await expect(endpoint).rejects.toMatchObject({ code: 'sandbox-not-ready' });
      }
      const instances = async () => (await engine.list(owner, signal)).find(({ name }) => name === 'mixed');
      const before = await instances();
      expect(before?.forks.map(({ ready }) => ready)).toEqual([true, false]);

      await engine.update('mixed', [fork('pricing', {}), fork('orders', {})], signal);
      const mended = await own.settled('mixed', engine);
      expect(mended).toMatchObject({ state: 'ready', reason: null, routingKey });
      expect(mended.forks.map(({ ready }) => ready)).toEqual([true, true]);
      expect(mended.forks[0]?.instance).toBe(before?.forks[0]?.instance);
      expect(await own.caller.ask(at, routingKey, 3)).toEqual({ '200 mixed': 3 });
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '200 mixed': 3 });
    } finally {
      await engine.close();
    }
    await own.clean('mixed');
    await own.intact();
  });
}
