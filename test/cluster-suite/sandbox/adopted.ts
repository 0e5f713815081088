import { expect, test } from 'vitest';
import { alive, hostOf } from '../../faults/processes.ts';
import { agentsOn } from '../faults/agents-on.ts';
import type { Stage } from '../faults/stage.ts';

export function adopted(stage: () => Stage): void {
  const open = agentsOn(stage);

  test('a host that is killed with -9: the next call starts another one, which goes on with the sandbox', async () => {
    const own = stage();
    const { agent, scratch, tree } = await open();
    const changes = [{ service: 'pricing', image: own.image, revision: tree, env: { GREETING: 'kept' } }];
    const ready = await agent.done('provision_sandbox', { name: 'handed-on', changes });
    expect(ready.state, ready.text).toBe('ready');
    expect(await (await fetch(ready.urls.pricing ?? '')).text()).toBe('handed-on');
    const pods = async () =>
      (await own.pods('seatrial.dev/sandbox=handed-on')).map(({ metadata }) => metadata.uid);
    const before = await pods();
    const kill = async () => {
      const { pid = 0 } = hostOf(scratch.folder) ?? {};
      expect(pid).toBeGreaterThan(0);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => alive(pid)).toBe(false);
      return pid;
    };

    const running = await agent.call('run_plan', { plan: 'slowly', sandbox: 'handed-on', wait_seconds: 1 });
    expect(running.state, running.text).toBe('running');
    const first = await kill();
    const lost = await agent.refused('run_plan', { run: running.run });
    expect(lost.code, lost.text).toBe('host-gone');
    const inspected = await agent.call('inspect_sandbox', { sandbox: 'handed-on' });
    expect(hostOf(scratch.folder)?.pid).not.toBe(first);
    expect(inspected.sandboxes).toMatchObject([
      {
        state: 'ready',
        key: ready.key,
        receipt: { complete: true, counts: [{ service: 'pricing', destination: 'fork' }] },
      },
    ]);
    const url = inspected.sandboxes[0]?.urls.pricing ?? '';
    expect(await (await fetch(url)).text()).toBe('handed-on');

    // Asked for again without changes it stays as it is, its environment too.
    const again = await agent.done('provision_sandbox', { sandbox: 'handed-on' });
    expect(again, again.text).toMatchObject({ state: 'ready', key: ready.key });
    expect(await pods()).toEqual(before);
    const passed = await agent.done('run_plan', { plan: 'slowly', sandbox: 'handed-on' });
    expect(passed.verdict, passed.text).toBe('passed');

    // One that fails is started again, with the environment that makes it fail: without, it would come up.
    const env = { MODE: 'crash' };
    const crashing = [{ service: 'pricing', image: own.image, revision: tree, env }];
    const failed = await agent.done('provision_sandbox', { name: 'crashing', changes: crashing });
    expect(failed.state, failed.text).toBe('failed');

    await kill();
    const still = await agent.done('provision_sandbox', { sandbox: 'crashing' });
    expect(still, still.text).toMatchObject({ state: 'failed', key: failed.key });
    expect(await agent.call('teardown', { sandbox: 'crashing' })).toMatchObject({ left: [] });
    expect(await agent.call('teardown', { sandbox: 'handed-on' })).toMatchObject({ left: [] });
    expect(await own.objectsOf('crashing')).toEqual([]);
    expect(await own.objectsOf('handed-on')).toEqual([]);
    expect(await own.caller.ask(own.address, ready.key, 3)).toEqual({ '503 torn-down': 3 });
    await agent.close();
    await own.intact();
  });
}
