import { createHash } from 'node:crypto';
import { stepBlocks } from './blocks.ts';
import { splitFrontmatter } from './frontmatter.ts';
import { lintSteps, unknownService } from './lint.ts';
import type { KnownNames } from './lint-request.ts';
import { paramProblems } from './params.ts';
import type { Param, Plan, PlanProblem } from './plan.ts';
import { type Frontmatter, frontmatterSchema } from './schema.ts';
import { shape } from './shape.ts';
import { readStep } from './step.ts';
import type { YamlSource } from './yaml-source.ts';

export const mostPlanBytes = 256 * 1024;
const mostSteps = 100;
const mostProblems = 50;

export interface ParsedPlan {
  /** Its name, where that much could be read. */
  readonly name: string | null;
  /** Null where there are problems. */
  readonly plan: Plan | null;
  /** All of them, by line; never empty where `plan` is null. */
  readonly problems: readonly PlanProblem[];
}

/** Parses and lints one plan file. `file` is its path from the root; `names` come from the configuration. Never throws. */
export function parsePlan(bytes: Uint8Array, file: string, names: KnownNames): ParsedPlan {
  if (bytes.length > mostPlanBytes) {
    return broken(null, [{ line: 1, message: `the file is larger than ${mostPlanBytes / 1024} KiB` }]);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
  } catch {
    return broken(null, [{ line: 1, message: 'the file is not UTF-8 text' }]);
  }
  const { frontmatter, body, bodyLine, problems: split } = splitFrontmatter(text);
  if (frontmatter === null) return broken(null, split);

  const head = readFrontmatter(frontmatter, names);
  const { blocks, problems: near } = stepBlocks(body, bodyLine);
  const problems = [...split, ...head.problems, ...near];
  if (blocks.length === 0 && near.length === 0 && split.length === 0) {
    problems.push({
      line: bodyLine,
      message: 'the plan has no step: add a fenced block that begins with ```yaml step',
    });
  }
  if (blocks.length > mostSteps) {
    problems.push({
      line: blocks[mostSteps]?.line ?? 1,
      message: `the plan has more than ${mostSteps} steps`,
    });
  }
  const steps = blocks.slice(0, mostSteps).map(readStep);
  problems.push(...steps.flatMap((step) => step.problems), ...lintSteps(steps, head.params, names));
  if (problems.length > 0 || head.data === null) return broken(head.name, problems);
  return {
    name: head.data.name,
    plan: {
      name: head.data.name,
      selectionHint: head.data.selectionHint,
      file,
      hash: createHash('sha256').update(bytes).digest('hex'),
      covers: { services: head.data.covers?.services ?? null, paths: head.data.covers?.paths ?? [] },
      params: declared(head.data),
      steps: steps.flatMap(({ step }) => (step === null ? [] : [step])),
    },
    problems: [],
  };
}

function readFrontmatter(source: YamlSource, names: KnownNames) {
  const { data, problems: shaped } =
    source.problems.length > 0
      ? { data: null, problems: [] }
      : shape(frontmatterSchema, source.value, 'the frontmatter');
  const semantic =
    data === null
      ? []
      : [
          ...Object.entries(declared(data)).flatMap(([name, param]) => paramProblems(name, param)),
          ...(data.covers?.services ?? []).flatMap((service, index) =>
            names.services.includes(service)
              ? []
              : [{ path: ['covers', 'services', index], message: unknownService(service, names) }],
          ),
        ];
  const located = [...shaped, ...semantic].map(({ path, message }) => ({
    line: path.length === 0 ? 1 : source.lineOf(path),
    message,
  }));
  return {
    data,
    name: textAt(source.value, 'name'),
    params: source.value === undefined ? null : Object.keys(recordAt(source.value, 'params')),
    problems: [...source.problems, ...located],
  };
}

function declared(data: Frontmatter): Record<string, Param> {
  return Object.fromEntries(
    Object.entries(data.params ?? {}).map(([name, param]) => [
      name,
      {
        type: param.type,
        default: param.default ?? null,
        description: param.description ?? null,
        enum: param.enum ?? null,
      },
    ]),
  );
}

function broken(name: string | null, problems: readonly PlanProblem[]): ParsedPlan {
  const sorted = problems.toSorted((a, b) => a.line - b.line || (a.message < b.message ? -1 : 1));
  const unique = sorted.filter((problem, index) => {
    const before = sorted[index - 1];
    return before?.line !== problem.line || before.message !== problem.message;
  });
  const kept = unique.slice(0, mostProblems);
  const more = unique.length - kept.length;
  const last = kept.at(-1)?.line ?? 1;
  return {
    name,
    plan: null,
    problems: more > 0 ? [...kept, { line: last, message: `${more} more problems` }] : kept,
  };
}

function recordAt(value: unknown, key: string): object {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : null;
  return isObject(found) ? found : {};
}

function textAt(value: unknown, key: string): string | null {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : null;
  return typeof found === 'string' ? found : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
