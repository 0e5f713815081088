import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { nodeTest, stopApiServer } from '../support/node.ts';
import { agentsOn } from './agents-on.ts';
import { expectNeverBaseline, expectWhole } from './killed.ts';
import type { Seen } from './load.ts';
import type { Stage } from './stage.ts';

/** One request after the other to an address of this machine, each on a connection of its own, until it is stopped. */
function follow(url: string): { stop(): Promise<Seen> } {
  const seen: Record<string, number> = {};
  let going = true;
  const note = (what: string) => {
    seen[what] = (seen[what] ?? 0) + 1;
  };
  const work = (async () => {
    while (going) {
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
        note(
          `${answer.status} ${answer.headers.get('x-seatrial-error') ?? (await answer.text()).slice(0, 40)}`,
        );
      } catch {
        note('broken');
      }
      await sleep(50);
    }
    return seen;
  })();
  return {
    stop: () => {
      going = false;
      return work;
    },
  };
}

export function apiServerStopped(cluster: Cluster, stage: () => Stage): void {
  const open = agentsOn(stage);

  nodeTest(
    cluster,
    'the API server stopped for 10 s: routing goes on, the channel comes back, and no run passes falsely',
    async () => {
      const own = stage();
      const { agent, tree } = await open();
      const changes = [{ service: 'pricing', image: own.image, revision: tree }];
      const ready = await agent.done('provision_sandbox', { name: 'unled', changes });
      expect(ready.state, ready.text).toBe('ready');
      const url = ready.urls.pricing ?? '';
      const channel = follow(url);
      let spanning: string | null = null;
      const { keyed, unkeyed } = await own.during(ready.key, async () => {
        const run = { plan: 'slowly', sandbox: 'unled', wait_seconds: 1 };
        const running = await agent.call('run_plan', run);
        const stopped = await stopApiServer(cluster);
        try {
          await sleep(10_000);
        } finally {
          await stopped.start();
        }
        // Its requests went through the API server: it may also not have been carried out.
        const done = agent.done('run_plan', { run: running.run });
        spanning = await done.then(
          ({ verdict }) => verdict,
          () => 'error',
        );
      });
      expectWhole(unkeyed);
      expect(keyed).toEqual({ '200 unled': expect.any(Number) });
      expect(['inconclusive', 'error']).toContain(spanning);

      const answer = async () => {
        const got = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => null);
        return got === null ? null : got.text();
      };
      await expect.poll(answer, { timeout: 30_000, interval: 500 }).toBe('unled');
      const through = await channel.stop();
      expectNeverBaseline(through);
      expect(through['200 unled']).toBeGreaterThan(0);
      const well = await agent.done('run_plan', { plan: 'slowly', sandbox: 'unled' });
      expect(well.verdict, well.text).toBe('passed');
      expect(await agent.call('teardown', { sandbox: 'unled' })).toMatchObject({ left: [] });
      await agent.close();
      await own.intact();
    },
    240_000,
  );
}
