import { SeatrialError } from '../errors.ts';
import { didYouMean } from '../util/closest.ts';
import type { BrokenPlan, LoadedPlans } from './load.ts';
import type { Plan } from './plan.ts';
import { show } from './shape.ts';

/** The plan of a name. Throws `unknown-plan`, or what is wrong with the file that bears the name. */
export function findPlan(loaded: LoadedPlans, name: string): Plan {
  const plan = loaded.plans.find((candidate) => candidate.name === name);
  if (plan !== undefined) return plan;
  const broken = loaded.broken.filter(
    (entry) => entry.plan === name || (entry.plan === null && baseName(entry.file) === name),
  );
  const first = broken[0];
  if (first !== undefined) throw brokenPlanError(first.code, broken);
  const names = loaded.plans.map((candidate) => candidate.name);
  const known =
    names.length === 0
      ? 'the plans folder holds no plan that can run'
      : `it holds ${names.slice(0, 20).join(', ')}`;
  throw new SeatrialError('unknown-plan', {
    what: `There is no plan ${JSON.stringify(show(name))}${didYouMean(name, names).replace('?', '')}.`,
    why: `${known.replace(/^./, (letter) => letter.toUpperCase())}${loaded.broken.length > 0 ? `, and ${loaded.broken.length} problems in broken ones` : ''}.`,
    next: 'Call list_plans (or `seatrial plans check`) and take a name from its answer.',
  });
}

/** One error for all that is wrong with a plan. */
function brokenPlanError(code: BrokenPlan['code'], broken: readonly BrokenPlan[]): SeatrialError {
  const shown = broken.slice(0, 10).map((entry) => brokenLine(entry).replace(/\?$/, ''));
  const more = broken.length > shown.length ? [`and ${broken.length - shown.length} more`] : [];
  return new SeatrialError(code, {
    what: `The plan cannot be read: ${[...shown, ...more].join('; ')}.`,
    next: 'Mend the file at the lines named, check it with `seatrial plans check`, and call again.',
  });
}

/** `file:line: message`, on one line. */
export function brokenLine(broken: Pick<BrokenPlan, 'file' | 'line' | 'message'>): string {
  return `${show(broken.file, 200)}:${broken.line}: ${broken.message}`;
}

function baseName(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.md$/i, '');
}
