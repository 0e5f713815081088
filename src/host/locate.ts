import { locateRepository } from '../git/repository.ts';
import type { Env } from './env.ts';

/**
 * Root and git common directory of the working tree that a folder lies in: absolute, links resolved. Rejects with
 * `not-a-repository`.
 */
export async function locate(
  folder: string,
  env: Env,
  signal: AbortSignal,
): Promise<{ readonly root: string; readonly commonDir: string }> {
  return await locateRepository(folder, env, signal);
}
