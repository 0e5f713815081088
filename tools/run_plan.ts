import { z } from 'zod';
import type { RunView } from '../src/host/api.ts';
import { defineTool } from '../src/tool/tool.ts';
import { params, planName, runId, sandboxName, waitSeconds } from './support/inputs.ts';
import { runShape } from './support/run-shape.ts';
import { argumentsError, hostCall, type Services } from './support/services.ts';

export const runPlan = defineTool({
  name: 'run_plan',
  title: 'Run a plan',
  description:
    'Runs a plan against your sandbox and judges it: passed, failed or inconclusive, with proof that the fork ' +
    'served the requests. Only `passed` proves the change. failed: fix the code, provision again, run again. ' +
    'inconclusive: nothing is proven; the reasons say what is missing. An error means that it could not run. ' +
    'Waits at most wait_seconds; call with `run` to wait on.',
  input: z.strictObject({
    plan: planName.exactOptional().describe('As list_plans names it'),
    sandbox: sandboxName.exactOptional().describe('To run against'),
    params: params.exactOptional().describe('As list_plans shows them'),
    target: z.enum(['sandbox', 'baseline']).exactOptional().describe('baseline: tries the plan, no verdict'),
    run: runId.exactOptional().describe('Run to wait for again'),
    wait_seconds: waitSeconds,
  }),
  risk: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  output: z.looseObject({ ...runShape, next: z.string() }),
  handler: async (input, services: Services, call) => {
    const { wait_seconds, ...rest } = input;
    if (input.run === undefined && input.plan === undefined) {
      throw argumentsError('run_plan needs `plan`, or `run` to wait again.', 'list_plans names the plans.');
    }
    if (input.run === undefined && input.target !== 'baseline' && input.sandbox === undefined) {
      throw argumentsError(
        'run_plan needs the `sandbox` to run against.',
        'provision_sandbox starts one; `target: "baseline"` tries the plan without one.',
      );
    }
    const host = await services.host(call.signal);
    const workingTree = await services.workingTree(call.signal);
    const view = await host.runPlan({ ...rest, workingTree, waitSeconds: wait_seconds }, hostCall(call));
    const { runResult } = await import('./support/run-data.ts');
    return runResult(view, nextOf(view));
  },
});

function nextOf(view: RunView): string {
  if (view.state === 'running') return `Call run_plan { run: "${view.run}" } to wait again.`;
  if (view.verdict !== null) return view.verdict.next;
  return (view.trial ?? []).every(({ ok }) => ok)
    ? 'The plan holds on the baseline. Run it against a sandbox.'
    : 'Correct the plan (or the baseline): a step that fails here judges no change.';
}
