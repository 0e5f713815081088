import { z } from 'zod';
import type { SandboxView } from '../src/host/api.ts';
import { duration, durationSeconds } from '../src/tool/input.ts';
import { defineTool } from '../src/tool/tool.ts';
import { sandboxName, serviceName, waitSeconds } from './support/inputs.ts';
import { sandboxShape } from './support/sandbox-shape.ts';
import { argumentsError, hostCall, type Services } from './support/services.ts';

const change = z.strictObject({
  service: serviceName,
  image: z.string().max(500).exactOptional().describe('Kubernetes only'),
  revision: z.string().max(100).exactOptional().describe('Commit or tree that the image holds'),
  env: z.record(z.string(), z.string()).exactOptional(),
  ref: z.string().max(200).exactOptional().describe('git ref to fork in place of the working tree'),
});

export const provisionSandbox = defineTool({
  name: 'provision_sandbox',
  title: 'Provision a sandbox',
  description:
    'Starts the changed services of your working tree beside the shared baseline, as a sandbox with its own URLs. ' +
    'Use it after writing code; again with `sandbox` after each fix (update), to renew the lease, or to wait on. ' +
    'Without `changes` it forks what the working tree changed against the baseline commit. ' +
    'Same name and same change: the same sandbox.',
  input: z.strictObject({
    changes: z.array(change).min(1).max(50).exactOptional().describe('Services to fork'),
    name: sandboxName.exactOptional().describe('Name for a new sandbox; minted if missing'),
    lease: duration.exactOptional().describe('Such as 30m, 2h, or seconds'),
    sandbox: sandboxName.exactOptional().describe('Existing sandbox to update, renew or wait for'),
    wait_seconds: waitSeconds,
  }),
  risk: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  output: z.looseObject({ ...sandboxShape, next: z.string() }),
  handler: async (input, services: Services, call) => {
    const { lease, wait_seconds, ...rest } = input;
    if (input.name !== undefined && input.sandbox !== undefined && input.name !== input.sandbox) {
      throw argumentsError(
        '`name` and `sandbox` name two different sandboxes.',
        'Give `name` for a new sandbox, or `sandbox` for one that exists.',
      );
    }
    const host = await services.host(call.signal);
    const view = await host.provision(
      {
        ...rest,
        workingTree: await services.workingTree(call.signal),
        ...(lease === undefined ? {} : { leaseSeconds: durationSeconds(lease) }),
        waitSeconds: wait_seconds,
      },
      hostCall(call),
    );
    const { sandboxText } = await import('../src/report/sandbox.ts');
    const { sandboxData } = await import('./support/sandbox-data.ts');
    return { text: sandboxText(view), data: { ...sandboxData(view), next: nextOf(view) } };
  },
});

function nextOf({ sandbox }: SandboxView): string {
  switch (sandbox.state) {
    case 'ready':
      return `list_plans shows which plans fit the change; then run_plan { plan, sandbox: "${sandbox.name}" }.`;
    case 'provisioning':
      return `It goes on. Call provision_sandbox { sandbox: "${sandbox.name}" } to wait again.`;
    case 'expiring':
      return `Its lease ends. Call provision_sandbox { sandbox: "${sandbox.name}" } to renew it.`;
    default:
      return sandbox.reason?.next ?? 'Fix the cause and call provision_sandbox again.';
  }
}
