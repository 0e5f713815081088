import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { hostOf } from '../../faults/processes.ts';
import { agentsOn } from './agents-on.ts';
import { expectNeverBaseline, expectWhole } from './killed.ts';
import type { Stage } from './stage.ts';

export function agents(stage: () => Stage): void {
  const open = agentsOn(stage);

  describe('an agent', () => {
    test('whose fork is deleted by hand in the middle of a run gets inconclusive, never passed', async () => {
      const own = stage();
      const { agent, tree } = await open();
      const changes = [{ service: 'pricing', image: own.image, revision: tree }];
      const ready = await agent.done('provision_sandbox', { name: 'mid-run', changes });
      expect(ready.state, ready.text).toBe('ready');
      const well = await agent.done('run_plan', { plan: 'slowly', sandbox: 'mid-run' });
      expect(well.verdict, well.text).toBe('passed');

      const { keyed, unkeyed } = await own.during(ready.key, async () => {
        const running = await agent.call('run_plan', { plan: 'slowly', sandbox: 'mid-run', wait_seconds: 2 });
        expect(running.state).toBe('running');
        const forks = ['deployment', '-l', 'seatrial.dev/sandbox=mid-run'];
        await own.cluster.kubectl(['-n', own.namespace, 'delete', '--wait=false', ...forks]);
        const done = await agent.done('run_plan', { run: running.run });
        expect(done.verdict, done.text).toBe('inconclusive');
      });
      expectNeverBaseline(keyed);
      expect(Object.keys(keyed).some((answer) => answer.startsWith('503 fork-'))).toBe(true);
      expectWhole(unkeyed);
      expect(await agent.call('teardown', { sandbox: 'mid-run' })).toMatchObject({ left: [] });
      expect(await own.objectsOf('mid-run')).toEqual([]);
      await agent.close();
      await own.intact();
    });

    test('whose image is the one that the baseline runs gets inconclusive, never passed', async () => {
      const own = stage();
      const { agent, scratch } = await open();
      scratch.write('pricing.mjs', 'three\n');
      scratch.git('add', '--all');
      const changes = [{ service: 'pricing', image: own.image, revision: scratch.git('write-tree') }];
      const ready = await agent.done('provision_sandbox', { name: 'unchanged', changes });
      expect(ready.state, ready.text).toBe('ready');
      const done = await agent.done('run_plan', { plan: 'slowly', sandbox: 'unchanged' });
      expect(done.verdict, done.text).toBe('inconclusive');
      expect(done.text).toContain('stale-fork');
      expect(await agent.call('teardown', { sandbox: 'unchanged' })).toMatchObject({ left: [] });
      await agent.close();
    });

    test('that is killed with -9, its host with it: the lease cleans up', async () => {
      const own = stage();
      const { agent, scratch, tree } = await open();
      const changes = [{ service: 'pricing', image: own.image, revision: tree }];
      const sandbox = { name: 'forsaken', changes, lease: '20s' };
      const ready = await agent.done('provision_sandbox', sandbox);
      expect(ready.state, ready.text).toBe('ready');
      const { keyed, unkeyed } = await own.during(ready.key, async () => {
        process.kill(agent.pid, 'SIGKILL');
        const host = hostOf(scratch.folder);
        if (host !== undefined) process.kill(host.pid, 'SIGKILL');
        await expect.poll(() => own.objectsOf('forsaken'), { timeout: 60_000, interval: 500 }).toEqual([]);
        await sleep(500);
      });
      expectNeverBaseline(keyed);
      expect(keyed['200 forsaken']).toBeGreaterThan(0);
      expectWhole(unkeyed);
      expect(await own.caller.ask(own.address, ready.key, 3)).toEqual({ '503 expired': 3 });
      const left = ['-n', own.namespace, 'get', 'sandboxes.seatrial.dev', '-o', 'name'];
      expect(await own.cluster.kubectl(left)).toBe('');
      await own.intact();
    });
  });
}
