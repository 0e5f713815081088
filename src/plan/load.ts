import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Config } from '../config/config.ts';
import { type ErrorCode, SeatrialError } from '../errors.ts';
import type { KnownNames } from './lint-request.ts';
import { mostPlanBytes, type ParsedPlan, parsePlan } from './parse.ts';
import type { Plan } from './plan.ts';

export interface LoadedPlans {
  /** By file. */
  readonly plans: readonly Plan[];
  /** One entry a problem, by file and line. */
  readonly broken: readonly BrokenPlan[];
}

export interface BrokenPlan {
  readonly code: Extract<ErrorCode, 'invalid-plan' | 'out-of-root'>;
  /** From the root. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** The plan's name, where that much could be read. */
  readonly plan: string | null;
}

const mostFiles = 500;
const mostFolderDepth = 8;

/**
 * Every plan below a folder: each `*.md` but `README.md` and what begins with a dot. A file that is no plan, or leads
 * out of the root, is listed as broken and hides no other. A folder that does not exist holds no plans. Throws
 * `out-of-root` where the folder itself leads out, `invalid-config` where it is a file.
 */
export async function loadPlans(args: {
  /** Absolute path of the working tree. */
  readonly root: string;
  readonly folder: string;
  readonly config: Pick<Config, 'services' | 'secrets'>;
}): Promise<LoadedPlans> {
  const root = await realpath(args.root);
  const folder = await realFolder(root, args.folder);
  if (folder === null) return { plans: [], broken: [] };
  const names = { services: Object.keys(args.config.services), secrets: Object.keys(args.config.secrets) };
  const { files, broken } = await planFiles(root, folder);
  const plans: Plan[] = [];
  for (const file of files) {
    const parsed = await readPlan(root, file, names);
    if ('code' in parsed) {
      broken.push(parsed);
      continue;
    }
    if (parsed.plan !== null) plans.push(parsed.plan);
    for (const problem of parsed.problems) {
      broken.push({ code: 'invalid-plan', file, ...problem, plan: parsed.name });
    }
  }
  return withoutTwins(plans, broken);
}

async function realFolder(root: string, folder: string): Promise<string | null> {
  let real: string;
  try {
    real = await realpath(join(root, folder));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw notAFolder(folder);
  }
  if (!isInside(root, real)) {
    throw new SeatrialError('out-of-root', {
      what: `The plans folder \`${folder}\` leads out of the repository.`,
      next: 'Set `plans:` in seatrial.yaml to a folder of the repository that is no link to elsewhere.',
    });
  }
  return real;
}

function notAFolder(folder: string): SeatrialError {
  return new SeatrialError('invalid-config', {
    what: `The plans folder \`${folder}\` cannot be read as a folder.`,
    next: 'Set `plans:` in seatrial.yaml to the folder that holds the plans.',
  });
}

async function planFiles(root: string, top: string): Promise<{ files: string[]; broken: BrokenPlan[] }> {
  const files: string[] = [];
  const broken: BrokenPlan[] = [];
  const refuse = (file: string, message: string) =>
    broken.push({ code: 'invalid-plan', file, line: 1, message, plan: null });
  const waiting = [{ folder: top, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, depth } = next;
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (folder === top) throw notAFolder(fromRoot(root, folder));
      refuse(fromRoot(root, folder), `the folder cannot be read (${errnoOf(error)})`);
      return [];
    });
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      const isPlan = /\.md$/i.test(entry.name) && !/^readme\.md$/i.test(entry.name);
      if (entry.isDirectory()) {
        if (depth < mostFolderDepth) waiting.push({ folder: path, depth: depth + 1 });
        else refuse(fromRoot(root, path), `the folder is nested more than ${mostFolderDepth} deep`);
      } else if (isPlan) files.push(fromRoot(root, path));
      else if (entry.isSymbolicLink() && !/\.[^.]+$/.test(entry.name)) {
        refuse(
          fromRoot(root, path),
          'links to folders are not followed; put the plans into the folder itself',
        );
      }
    }
  }
  files.sort(byCodeUnits);
  const left = files.splice(mostFiles);
  if (left[0] !== undefined)
    refuse(
      left[0],
      `there are more than ${mostFiles} plan files; this one and ${left.length - 1} after it are not read`,
    );
  return { files, broken };
}

async function readPlan(root: string, file: string, names: KnownNames): Promise<ParsedPlan | BrokenPlan> {
  const broken = (message: string, code: BrokenPlan['code'] = 'invalid-plan') => ({
    code,
    file,
    line: 1,
    message,
    plan: null,
  });
  try {
    const real = await realpath(join(root, file));
    if (!isInside(root, real))
      return broken('the file is a link that leads out of the repository', 'out-of-root');
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return broken('this is no regular file');
      const buffer = Buffer.alloc(Math.min(stat.size, mostPlanBytes) + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return parsePlan(buffer.subarray(0, bytesRead), file, names);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return broken(`the file cannot be read (${errnoOf(error)})`);
  }
}

/** Two plans of one name: neither is picked, as a run of the wrong one could pass. */
function withoutTwins(plans: readonly Plan[], broken: readonly BrokenPlan[]): LoadedPlans {
  const twin = (plan: Plan) => plans.find((other) => other !== plan && other.name === plan.name);
  const twins = plans.flatMap((plan): BrokenPlan[] => {
    const other = twin(plan);
    if (other === undefined) return [];
    const message = `the name \`${plan.name}\` is also that of ${other.file}; rename one, until then neither runs`;
    return [{ code: 'invalid-plan', file: plan.file, line: 1, message, plan: plan.name }];
  });
  return {
    plans: plans.filter((plan) => twin(plan) === undefined),
    broken: [...broken, ...twins].sort((a, b) => byCodeUnits(a.file, b.file) || a.line - b.line),
  };
}

function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The same order whatever the locale. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown reason';
}

function isErrno(error: unknown, code: string): boolean {
  return errnoOf(error) === code;
}
