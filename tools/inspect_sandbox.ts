import { z } from 'zod';
import { defineTool } from '../src/tool/tool.ts';
import { items, sandboxName } from './support/inputs.ts';
import { hostCall, type Services } from './support/services.ts';

export const inspectSandbox = defineTool({
  name: 'inspect_sandbox',
  title: 'Inspect sandboxes',
  description:
    'Shows state, forks and expiry of one sandbox or of all yours, and which requests reached the forks. ' +
    'Use it when a sandbox failed, a fork misbehaves, or a run says that it was not exercised. Changes nothing.',
  input: z.strictObject({
    sandbox: sandboxName.exactOptional().describe('Missing: all of yours'),
    logs: z.boolean().exactOptional().describe('Last log lines of the forks'),
    hops: z.boolean().exactOptional().describe('Last requests that the routers saw'),
    runs: z.boolean().exactOptional().describe('Runs, newest first'),
  }),
  risk: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  output: z.looseObject({ sandboxes: items, not_shown: items.exactOptional(), next: z.string() }),
  handler: async (input, services: Services, call) => {
    const host = await services.host(call.signal);
    const workingTree = await services.workingTree(call.signal);
    const { sandboxes } = await host.inspect({ ...input, workingTree }, hostCall(call));
    const { inspectionText, nextOf } = await import('../src/report/sandbox.ts');
    const [only, ...others] = sandboxes;
    const next =
      only === undefined
        ? 'You have no sandbox. provision_sandbox starts one for your change.'
        : others.length === 0
          ? nextOf(only.view.sandbox)
          : 'inspect_sandbox { "sandbox": "…" } for one of them.';
    const { inspectedData } = await import('./support/sandbox-data.ts');
    return { text: inspectionText(sandboxes), data: { ...inspectedData(sandboxes), next } };
  },
});
