import { z } from 'zod';
import { defineTool } from '../src/tool/tool.ts';
import { sandboxName } from './support/inputs.ts';
import { argumentsError, hostCall, type Services } from './support/services.ts';

export const teardown = defineTool({
  name: 'teardown',
  title: 'Tear sandboxes down',
  description:
    'Ends a sandbox, or all of yours, and verifies that nothing of it is left. ' +
    'Use it when the change is proven or given up. The baseline and the sandboxes of others stay as they are.',
  input: z.strictObject({
    sandbox: sandboxName.exactOptional(),
    all: z.boolean().exactOptional().describe('All of yours'),
  }),
  risk: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  output: z.looseObject({
    sandboxes: z.array(z.string()),
    removed: z.array(z.string()),
    left: z.array(z.looseObject({ what: z.string(), why: z.string() })),
    next: z.string(),
  }),
  handler: async (input, services: Services, call) => {
    if ((input.sandbox === undefined) === (input.all !== true)) {
      throw argumentsError(
        'teardown takes either `sandbox` or `all: true`.',
        'Call teardown { sandbox } for one; inspect_sandbox lists yours.',
      );
    }
    const host = await services.host(call.signal);
    const workingTree = await services.workingTree(call.signal);
    const view = await host.teardown({ ...input, workingTree }, hostCall(call));
    const next =
      view.left.length === 0
        ? 'Nothing is left. provision_sandbox starts a new sandbox.'
        : 'Call teardown again; what is still left then names its reason.';
    const text = [
      view.sandboxes.length === 0 ? 'No sandbox to tear down.' : `Torn down: ${view.sandboxes.join(', ')}.`,
      ...view.removed.slice(0, 40).map((what) => `Removed ${what}`),
      ...view.left.map(({ what, why }) => `Left ${what}: ${why}`),
      `Next: ${next}`,
    ];
    return {
      text: text.join('\n'),
      data: {
        sandboxes: [...view.sandboxes],
        removed: view.removed.slice(0, 40),
        left: view.left.map((entry) => ({ ...entry })),
        next,
      },
    };
  },
});
