import type { AnyTool } from '../src/tool/tool.ts';
import { inspectSandbox } from './inspect_sandbox.ts';
import { listPlans } from './list_plans.ts';
import { provisionSandbox } from './provision_sandbox.ts';
import { runPlan } from './run_plan.ts';
import { smartDiff } from './smart_diff.ts';
import type { Services } from './support/services.ts';
import { teardown } from './teardown.ts';

/** Every tool, in the order of the loop. The one list: doors, docs and tests read it. */
export const catalogue: readonly AnyTool<Services>[] = [
  provisionSandbox,
  inspectSandbox,
  listPlans,
  runPlan,
  smartDiff,
  teardown,
];
