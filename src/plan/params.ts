import { SeatrialError } from '../errors.ts';
import { didYouMean } from '../util/closest.ts';
import type { Param, ParamValue, Plan } from './plan.ts';
import { type PathProblem, show } from './shape.ts';

function fits(value: unknown, type: Param['type']): value is ParamValue {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === type;
}

/** What the shape of a declaration cannot say. */
export function paramProblems(name: string, param: Param): PathProblem[] {
  const problems: PathProblem[] = [];
  const at = ['params', name];
  if (param.default !== null && !fits(param.default, param.type)) {
    problems.push({
      path: [...at, 'default'],
      message: `the default of \`${show(name)}\` is no ${param.type}`,
    });
  }
  param.enum?.forEach((value, index) => {
    if (!fits(value, param.type))
      problems.push({
        path: [...at, 'enum', index],
        message: `\`${show(String(value))}\` in the enum of \`${show(name)}\` is no ${param.type}`,
      });
  });
  if (param.default !== null && param.enum !== null && !param.enum.includes(param.default)) {
    problems.push({
      path: [...at, 'default'],
      message: `the default of \`${show(name)}\` is not in its enum`,
    });
  }
  return problems;
}

/** Every declared parameter with its value. Throws `invalid-params` with all that is wrong and what is declared. */
export function resolveParams(
  plan: Plan,
  given: Readonly<Record<string, unknown>>,
): Record<string, ParamValue> {
  const problems: string[] = [];
  const values: Record<string, ParamValue> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(plan.params, name))
      problems.push(
        `it declares no \`${show(name)}\`${didYouMean(name, Object.keys(plan.params)).replace('?', '')}`,
      );
  }
  for (const [name, param] of Object.entries(plan.params)) {
    const value = Object.hasOwn(given, name) ? given[name] : param.default;
    if (value === undefined || (value === null && !Object.hasOwn(given, name)))
      problems.push(`\`${name}\` is missing and has no default`);
    else if (!fits(value, param.type)) problems.push(`\`${name}\` must be of type ${param.type}`);
    else if (typeof value === 'string' && value.length > 10_000)
      problems.push(`\`${name}\` is longer than 10,000 characters`);
    else if (param.enum !== null && !param.enum.includes(value))
      problems.push(
        `\`${name}\` must be one of ${param.enum.map((item) => JSON.stringify(item)).join(', ')}`,
      );
    else values[name] = value;
  }
  if (problems.length === 0) return values;
  throw new SeatrialError('invalid-params', {
    what: `The parameters do not fit the plan ${plan.name}: ${problems.slice(0, 10).join('; ')}.`,
    next: `Call again with parameters that it declares: ${describeParams(plan.params) || 'none, so leave `params` out'}.`,
  });
}

/** One line: each parameter with its type, default and description. */
function describeParams(params: Plan['params']): string {
  return Object.entries(params)
    .map(([name, param]) => {
      const choice =
        param.enum === null
          ? param.type
          : `one of ${param.enum.map((item) => JSON.stringify(item)).join(', ')}`;
      const fallback = param.default === null ? 'required' : `default ${JSON.stringify(param.default)}`;
      const about = param.description === null ? '' : `: ${show(param.description, 120)}`;
      return `${name} (${choice}, ${fallback}${about})`;
    })
    .join('; ');
}
