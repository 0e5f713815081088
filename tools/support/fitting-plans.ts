import { changedServices, mapChange, unmappedFiles } from '../../src/config/change.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type ChosenPlan, choosePlans, type PlanChoice } from '../../src/plan/choose.ts';
import { brokenLine } from '../../src/plan/find.ts';
import { type BrokenPlan, loadPlans } from '../../src/plan/load.ts';
import type { Param } from '../../src/plan/plan.ts';
import { names } from '../../src/report/untrusted.ts';
import type { ToolCall } from '../../src/tool/tool.ts';
import { changeOf } from './change.ts';
import type { Services } from './services.ts';

export interface PlanQuestion {
  readonly changed_files?: readonly string[];
  readonly query?: string;
}

type Item = Record<string, unknown>;

export interface FittingPlans {
  readonly text: string;
  readonly data: { plans: Item[]; uncovered: Item[]; broken: Item[]; next: string };
}

const most = { plans: 20, broken: 20, files: 20 };

/** Plans ranked by the change, read from the working tree as it is now. No host is needed. */
export async function fittingPlans(
  question: PlanQuestion,
  services: Services,
  { signal }: ToolCall,
): Promise<FittingPlans> {
  const root = await services.workingTree(signal);
  const { config } = await loadConfig({ root, env: services.env });
  const { plans, broken } = await loadPlans({ root, folder: config.plans, config });
  const changed =
    question.changed_files === undefined
      ? await changeOf(root, config, services, signal)
      : mapChange(question.changed_files, config);
  const choice = choosePlans({ plans, changed, services: config.services, query: question.query });
  const change = { services: changedServices(changed), unmapped: unmappedFiles(changed) };
  const next = nextOf(choice, plans.length, changed.length > 0);
  return {
    text: [...lines(choice, broken, change, config.plans), `Next: ${next}`].join('\n'),
    data: {
      plans: choice.plans.slice(0, most.plans).map(planData),
      uncovered: choice.uncovered.map((service) => ({ service })),
      broken: broken.slice(0, most.broken).map((plan) => ({ ...plan })),
      ...(choice.template === null
        ? {}
        : { template: { file: `${config.plans}/${choice.template.file}`, text: choice.template.text } }),
      ...{ changed_services: change.services, unmapped: change.unmapped.slice(0, most.files) },
      next,
    },
  };
}

function planData({ plan, fits, reasons }: ChosenPlan): Item {
  return {
    name: plan.name,
    selectionHint: plan.selectionHint,
    fits,
    reasons,
    ...(Object.keys(plan.params).length === 0 ? {} : { params: paramsData(plan.params) }),
    file: plan.file,
  };
}

/** Without what is not said. */
function paramsData(params: Readonly<Record<string, Param>>): Item {
  return Object.fromEntries(
    Object.entries(params).map(([name, param]) => [
      name,
      Object.fromEntries(Object.entries(param).filter(([, value]) => value !== null)),
    ]),
  );
}

function lines(
  choice: PlanChoice,
  broken: readonly BrokenPlan[],
  change: { readonly services: readonly string[]; readonly unmapped: readonly string[] },
  folder: string,
): string[] {
  const shown = choice.plans.slice(0, most.plans);
  return [
    `Changed services: ${change.services.join(', ') || 'none'}.`,
    ...shown.map(({ plan, fits, reasons }) => {
      const params = Object.keys(plan.params).join(', ');
      const why = fits ? `fits: ${reasons.join('; ')}` : 'nothing of the change points to it';
      return `- ${plan.name}: ${plan.selectionHint}${params === '' ? '' : ` (params: ${params})`}\n  ${why}`;
    }),
    ...(choice.plans.length > shown.length ? [`${choice.plans.length - shown.length} more; use query.`] : []),
    ...choice.uncovered.map((service) => `No plan covers ${service}, which changed.`),
    ...(choice.template === null
      ? []
      : [`Save this as ${folder}/${choice.template.file}:\n${choice.template.text.trimEnd()}`]),
    ...(change.unmapped.length === 0
      ? []
      : [`Changed, but of no service: ${names(change.unmapped.slice(0, most.files), 1000)}`]),
    ...broken.slice(0, most.broken).map((plan) => `Broken: ${brokenLine(plan)}`),
  ];
}

function nextOf(choice: PlanChoice, count: number, changed: boolean): string {
  const fitting = choice.plans.filter(({ fits }) => fits).map(({ plan }) => plan.name);
  if (fitting.length > 0) {
    const more = fitting.length > 1 ? `, then ${fitting.slice(1, 5).join(', ')}` : '';
    return `provision_sandbox if you have no sandbox, then run_plan { plan: "${fitting[0]}", sandbox }${more}.`;
  }
  if (choice.template !== null) {
    return 'Save the template and fill it in, or compare with smart_diff { sandbox, requests }.';
  }
  if (!changed) {
    return 'Nothing differs from the commit of the baseline: change a service first.';
  }
  return count === 0
    ? 'There are no plans: smart_diff { sandbox, requests } works without one.'
    : 'No plan fits the change: smart_diff { sandbox, requests } works without one.';
}
