import { z } from 'zod';
import { defineTool } from '../src/tool/tool.ts';
import { items, params, planName, runId, sandboxName, serviceName, waitSeconds } from './support/inputs.ts';
import { runShape } from './support/run-shape.ts';
import { argumentsError, hostCall, type Services } from './support/services.ts';

const request = z.strictObject({
  id: z.string().min(1).max(100),
  service: serviceName,
  method: z.string().regex(/^[A-Z]{1,20}$/, 'a method is upper case, such as GET'),
  path: z.string().startsWith('/').max(8000),
  headers: z.record(z.string(), z.string()).exactOptional(),
  json: z
    .unknown()
    .meta({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'] })
    .exactOptional(),
  body: z.string().max(1_000_000).exactOptional(),
  state: z.enum(['read', 'write']).exactOptional().describe('write: it changes data; never sent again alone'),
});

export const smartDiff = defineTool({
  name: 'smart_diff',
  title: 'Compare sandbox and baseline',
  description:
    'Sends the same requests to baseline and sandbox and reports what differs, by explicit rules: noise is known, ' +
    'as each side is compared with itself. Use it where no plan covers the change, or to see what it does to ' +
    'answers. Takes `requests`, or a `plan` whose requests to compare. The verdict means what it means in run_plan.',
  input: z.strictObject({
    sandbox: sandboxName.exactOptional(),
    requests: z.array(request).min(1).max(100).exactOptional().describe('Sent in this order'),
    plan: planName.exactOptional(),
    params: params.exactOptional().describe('Of the plan'),
    expected: z.string().max(500).exactOptional().describe('File of expected changes, from the root'),
    intermittent: z.boolean().exactOptional().describe('Look for what shows only sometimes'),
    run: runId.exactOptional().describe('Run to wait for again'),
    wait_seconds: waitSeconds,
  }),
  risk: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  output: z.looseObject({ ...runShape, volatile: items, next: z.string() }),
  handler: async (input, services: Services, call) => {
    const { wait_seconds, ...rest } = input;
    if (input.run === undefined && (input.requests === undefined) === (input.plan === undefined)) {
      throw argumentsError(
        'smart_diff takes either `requests` or `plan`.',
        'Give the requests to compare, or name a plan that list_plans shows.',
      );
    }
    if (input.run === undefined && input.sandbox === undefined) {
      throw argumentsError('smart_diff needs the `sandbox` to compare.', 'provision_sandbox starts one.');
    }
    const host = await services.host(call.signal);
    const workingTree = await services.workingTree(call.signal);
    const view = await host.smartDiff({ ...rest, workingTree, waitSeconds: wait_seconds }, hostCall(call));
    const next =
      view.state === 'running'
        ? `Call smart_diff { run: "${view.run}" } to wait again.`
        : (view.verdict?.next ?? 'Read the report.');
    const { runResult, volatileData } = await import('./support/run-data.ts');
    const { text, data } = runResult(view, next);
    return { text, data: { ...data, volatile: volatileData(view) } };
  },
});
