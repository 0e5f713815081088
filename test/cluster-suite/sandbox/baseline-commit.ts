import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentsOn } from '../faults/agents-on.ts';
import type { Stage } from '../faults/stage.ts';
import { baselineCommit as told } from '../support/engine.ts';

export function baselineCommit(stage: () => Stage): void {
  const open = agentsOn(stage);

  test('the baseline’s commit is what its Deployment says, and assumed in the verdict where that is another or none', async () => {
    const own = stage();
    const { agent, scratch, tree } = await open();
    const commit = scratch.git('rev-parse', 'HEAD');
    const annotate = (...values: readonly string[]) =>
      own.cluster.kubectl([
        ...['-n', own.namespace, 'annotate', 'deployment', 'pricing', '--overwrite'],
        ...values,
      ]);
    const changes = [{ service: 'pricing', image: own.image, revision: tree }];
    const ready = await agent.done('provision_sandbox', { name: 'dated', changes });
    expect(ready.state, ready.text).toBe('ready');
    /** What the gateway tells is kept for five seconds. */
    const says = async () =>
      (await agent.call('inspect_sandbox', { sandbox: 'dated' })).sandboxes[0]?.baseline;
    const run = async () => {
      const done = await agent.done('smart_diff', {
        sandbox: 'dated',
        requests: [{ id: 'ask', service: 'pricing', method: 'GET', path: '/' }],
      });
      return { ...done, written: readFileSync(done.report?.file ?? '', 'utf8') };
    };
    const assumed = /is assumed; findings may come from other commits/;
    try {
      await expect.poll(says).toMatchObject({ commit, assumed: true });
      const other = await run();
      expect(other.written).toMatch(assumed);
      expect(other.written).toContain(`pricing runs ${told.slice(0, 12)}`);

      await annotate(`seatrial.dev/commit=${commit.slice(0, 12)}`);
      await expect.poll(says).toMatchObject({ commit, assumed: false });
      expect((await run()).written).not.toMatch(/assumed/);

      await annotate('seatrial.dev/commit-');
      await expect.poll(says).toMatchObject({ commit, assumed: true });
      const silent = await run();
      expect(silent.written).toMatch(assumed);
      expect(silent.written).not.toContain('pricing runs');

      // As build pipelines write it down, where nothing of ours is there.
      await annotate(`org.opencontainers.image.revision=${commit}`);
      await expect.poll(says).toMatchObject({ commit, assumed: false });
    } finally {
      await annotate(`seatrial.dev/commit=${told}`, 'org.opencontainers.image.revision-');
    }
    expect(await agent.call('teardown', { sandbox: 'dated' })).toMatchObject({ left: [] });
    await agent.close();
    await own.intact();
  });
}
