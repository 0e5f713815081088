import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { type Agent, startAgent } from '../../faults/agent.ts';
import { hostOf, processesOf } from '../../faults/processes.ts';
import { type Scratch, scratchRepository } from '../../support/scratch-repository.ts';
import { expectNeverBaseline, expectWhole } from './killed.ts';
import type { Stage } from './stage.ts';

const plan = `---
seatrial: 1
name: slowly
selectionHint: Asks pricing many times.
covers: { services: [pricing] }
---
# pricing answers
${Array.from(
  { length: 8 },
  (_, at) => `## Step ${at}

\`\`\`yaml step
id: step-${at}
http: { service: pricing, path: "/?ms=600" }
expect: { status: 200 }
\`\`\`
`,
).join('\n')}`;

const config = ({ namespace }: Stage, context: string) => `
engine: kubernetes
kubernetes: { context: ${context}, namespace: ${namespace} }
services:
  pricing: { paths: [pricing.mjs] }
`;

/** A repository whose seatrial.yaml names the stage, and MCP clients in it. */
export function agents(stage: () => Stage): void {
  const scratches: Scratch[] = [];
  afterAll(() => {
    for (const scratch of scratches) {
      for (const { pid } of processesOf(scratch.folder)) process.kill(pid, 'SIGKILL');
      scratch[Symbol.dispose]();
    }
  });

  async function open(): Promise<{ agent: Agent; scratch: Scratch; tree: string }> {
    const own = stage();
    const context = (await own.cluster.kubectl(['config', 'current-context'])).trim();
    const scratch = scratchRepository({
      'seatrial.yaml': config(own, context),
      'pricing.mjs': 'one\n',
      'plans/slowly.md': plan,
    });
    scratches.push(scratch);
    const kubeconfig = join(scratch.folder, 'kubeconfig');
    cpSync(own.cluster.kubeconfig, kubeconfig);
    scratch.write('pricing.mjs', 'two\n');
    scratch.git('commit', '--quiet', '--all', '--message=change');
    const env = {
      ...scratch.env,
      KUBECONFIG: kubeconfig,
      SEATRIAL_HOME: join(scratch.folder, 'home'),
      SEATRIAL_HOST_IDLE_SECONDS: '0.5',
    };
    const agent = await startAgent({ cwd: scratch.root, env }, () => {});
    return { agent, scratch, tree: scratch.git('rev-parse', 'HEAD^{tree}') };
  }

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
