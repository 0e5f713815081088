import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { agentsOn } from '../faults/agents-on.ts';
import { expectNeverBaseline } from '../faults/killed.ts';
import type { Stage } from '../faults/stage.ts';

const leaseSeconds = 15;
const steps = 9;
const stepMs = 3_000;

const plan = `---
seatrial: 1
name: long
selectionHint: Asks pricing for longer than the lease lasts.
covers: { services: [pricing] }
---
# pricing answers late
${Array.from(
  { length: steps },
  (_, at) => `## Step ${at}

\`\`\`yaml step
id: step-${at}
http: { service: pricing, path: "/?ms=${stepMs}" }
expect: { status: 200 }
\`\`\`
`,
).join('\n')}`;

export function lease(stage: () => Stage): void {
  const open = agentsOn(stage, { plans: { 'plans/long.md': plan } });

  test('a run that lasts longer than the lease keeps the sandbox alive, which ends when nobody uses it any more', async () => {
    const own = stage();
    const { agent, tree } = await open();
    const changes = [{ service: 'pricing', image: own.image, revision: tree }];
    const asked = { name: 'leased', changes, lease: `${leaseSeconds}s` };
    const ready = await agent.done('provision_sandbox', asked);
    expect(ready.state, ready.text).toBe('ready');
    const wouldEnd = Date.parse(ready.expires_at);
    // In its last seconds: whoever begins a run begins the lease anew.
    await sleep(wouldEnd - Date.now() - 5_000);
    const began = Date.now();
    const done = await agent.done('run_plan', { plan: 'long', sandbox: 'leased' });
    expect(done.verdict, done.text).toBe('passed');
    const ended = Date.now();
    expect(ended - began).toBeGreaterThan(leaseSeconds * 1_000);
    expect(ended).toBeGreaterThan(wouldEnd);
    const { sandboxes } = await agent.call('inspect_sandbox', { sandbox: 'leased' });
    const expires = Date.parse(sandboxes[0]?.expires_at ?? '');
    expect(expires).toBeGreaterThan(wouldEnd);
    expect(expires).toBeLessThanOrEqual(ended + leaseSeconds * 1_000);

    const load = await own.caller.load(own.address, ready.key);
    await expect.poll(() => own.objectsOf('leased'), { timeout: 60_000, interval: 500 }).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(expires);
    expectNeverBaseline(await load.stop());
    expect(await own.caller.ask(own.address, ready.key, 3)).toEqual({ '503 expired': 3 });
    const refused = await agent.refused('run_plan', { plan: 'long', sandbox: 'leased' });
    expect(refused.code, refused.text).toBe('sandbox-gone');
    expect(refused.text).toMatch(/lease/);
    await agent.close();
    await own.intact();
  });
}
