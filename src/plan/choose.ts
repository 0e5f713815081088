import picomatch from 'picomatch';
import type { Config } from '../config/config.ts';
import type { ChangedFile } from '../verdict/evidence.ts';
import type { Plan } from './plan.ts';
import { show } from './shape.ts';
import { type NewPlan, planTemplate } from './template.ts';

export interface PlanChoice {
  /** The best fit first; those that nothing of the change points to come last. */
  readonly plans: readonly ChosenPlan[];
  /** Changed services that no plan covers. */
  readonly uncovered: readonly string[];
  /** A plan to start from for the first of them. */
  readonly template: NewPlan | null;
}

export interface ChosenPlan {
  readonly plan: Plan;
  /** Whether the change points to it. */
  readonly fits: boolean;
  /** One clause a match, in words. */
  readonly reasons: readonly string[];
}

/**
 * Ranks plans by the change: first by how many changed services they cover by name, then by how many files match
 * their `paths`, then those that cover everything, those first that send requests to a changed service. `query`
 * keeps the plans that have all its words in name or hint. The same input gives the same order.
 */
export function choosePlans(args: {
  readonly plans: readonly Plan[];
  readonly changed: readonly ChangedFile[];
  readonly services: Config['services'];
  readonly query?: string | undefined;
}): PlanChoice {
  const changed = args.changed.filter((file) => !file.ignored);
  const filesOf = new Map<string, string[]>();
  for (const file of changed) {
    for (const service of file.services) filesOf.set(service, [...(filesOf.get(service) ?? []), file.path]);
  }
  const words = (args.query ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = args.plans
    .filter((plan) =>
      words.every((word) => `${plan.name} ${plan.selectionHint}`.toLowerCase().includes(word)),
    )
    .map((plan) => rank(plan, filesOf, args.changed))
    .sort((a, b) => compareRanks(a, b));
  const uncovered = [...filesOf.keys()]
    .sort()
    .filter((service) => !args.plans.some((plan) => covers(plan, service)));
  const first = args.services[uncovered[0] ?? ''];
  return {
    plans: ranked.map(({ plan, reasons }) => ({ plan, fits: reasons.length > 0, reasons })),
    uncovered,
    template: first === undefined ? null : planTemplate(first, freeName(first.name, args.plans)),
  };
}

interface Ranked {
  readonly plan: Plan;
  readonly reasons: readonly string[];
  /** Compared from the left, more is better. */
  readonly weight: readonly number[];
}

function rank(
  plan: Plan,
  filesOf: ReadonlyMap<string, readonly string[]>,
  changed: readonly ChangedFile[],
): Ranked {
  const services = [...filesOf.keys()].sort();
  const named = services.filter((service) => plan.covers.services?.includes(service));
  const matches = plan.covers.paths.map((glob) => {
    const matched = picomatch(glob, { dot: true, noextglob: true });
    return { glob, files: changed.map(({ path }) => path).filter((path) => matched(path)) };
  });
  const matching = matches.filter(({ files }) => files.length > 0);
  // A plan that names what it covers, and not this service, would only be told `not-covered`.
  const asked =
    plan.covers.services === null ? requested(plan).filter((service) => filesOf.has(service)) : [];
  const general = plan.covers.services === null && services.length > 0;
  const reasons = [
    ...named.map((service) => `covers ${service}, where ${list(filesOf.get(service) ?? [])} changed`),
    ...matching.map(({ glob, files }) => `its path ${show(glob)} matches ${list(files)}`),
    ...asked.map(
      (service) => `sends requests to ${service}, where ${list(filesOf.get(service) ?? [])} changed`,
    ),
    ...(general && asked.length === 0 ? ['covers every service, as it names none'] : []),
  ];
  const files = new Set(matching.flatMap((match) => match.files));
  // Of plans that cover the same, the one that names fewer services is the more specific.
  const weight = [
    named.length,
    files.size,
    asked.length,
    general ? 1 : 0,
    -(plan.covers.services?.length ?? 0),
  ];
  return { plan, reasons, weight };
}

function compareRanks(a: Ranked, b: Ranked): number {
  const fit = Number(b.reasons.length > 0) - Number(a.reasons.length > 0);
  if (fit !== 0) return fit;
  for (const [index, weight] of a.weight.entries()) {
    const more = (b.weight[index] ?? 0) - weight;
    if (more !== 0) return more;
  }
  return a.plan.name < b.plan.name ? -1 : 1;
}

function covers(plan: Plan, service: string): boolean {
  return plan.covers.services === null || plan.covers.services.includes(service);
}

function requested(plan: Plan): string[] {
  const services = plan.steps.flatMap((step) => {
    if (step.kind === 'http') return [step.request.service];
    return step.source.kind === 'requests' ? step.source.requests.map(({ service }) => service) : [];
  });
  return [...new Set(services)].sort();
}

function freeName(service: string, plans: readonly Plan[]): string | undefined {
  const name = planTemplate({ name: service }).name;
  const taken = (candidate: string) => plans.some((plan) => plan.name === candidate);
  if (!taken(name)) return undefined;
  let count = 2;
  while (taken(`${name}-${count}`)) count += 1;
  return `${name}-${count}`;
}

function list(files: readonly string[]): string {
  const shown = files.slice(0, 2).map((file) => show(file));
  return files.length > shown.length
    ? `${shown.join(', ')} and ${files.length - shown.length} more`
    : shown.join(' and ');
}
