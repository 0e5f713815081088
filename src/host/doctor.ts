import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { type ErrorData, toErrorData } from '../errors.ts';
import type { Env } from './env.ts';
import { type HostFolders, hostFolders } from './folders.ts';
import { locate } from './locate.ts';
import type { Hello } from './protocol.ts';
import { greet } from './start.ts';

/** What `seatrial doctor` shows: each part as it is found, or the error that says what to do. Starts and changes nothing. */
export interface Diagnosis {
  readonly version: string;
  readonly node: string;
  readonly git: string | null;
  readonly repository: { readonly root: string; readonly commonDir: string } | null;
  readonly folders: HostFolders | null;
  /** Null where none runs, which is fine: it starts on demand. */
  readonly host: Hello | null;
  readonly config: { readonly services: readonly string[]; readonly origins: Readonly<Record<string, string>> } | null;
  readonly problems: readonly ErrorData[];
}

export async function diagnose(options: {
  readonly workingTree: string;
  readonly env: Env;
  readonly version: string;
  readonly nodeVersion: string;
  readonly signal: AbortSignal;
}): Promise<Diagnosis> {
  const { workingTree, env, version, signal } = options;
  const problems: ErrorData[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      problems.push(toErrorData(error));
      return null;
    }
  };
  const git = await gitVersion(signal);
  if (git === null) {
    problems.push({
      code: 'git-failed',
      what: 'The program `git` is not on the PATH.',
      next: 'Install git, and call again.',
    });
  }
  const repository = git === null ? null : await attempt(() => locate(workingTree, env, signal));
  const folders = repository && hostFolders(repository.commonDir, env);
  const host = folders && (await attempt(() => greet(folders, 5000, signal)));
  const loaded = repository && (await attempt(() => loadConfig({ root: repository.root, env })));
  return {
    version,
    node: options.nodeVersion,
    git,
    repository,
    folders,
    host,
    config: loaded && { services: Object.keys(loaded.config.services), origins: loaded.origins },
    problems,
  };
}

async function gitVersion(signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], { signal });
    return stdout.trim();
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
