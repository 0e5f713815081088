import { join } from 'node:path';
import { type ChangedFile, mapChange } from '../../src/config/change.ts';
import type { Config } from '../../src/config/config.ts';
import { SeatrialError } from '../../src/errors.ts';
import { openRepository } from '../../src/git/repository.ts';
import { baselineRules } from '../../src/host/baseline-rules.ts';
import { hostFolders } from '../../src/host/folders.ts';
import { locate } from '../../src/host/locate.ts';
import { unusable } from '../../src/host/private-folder.ts';
import type { Services } from './services.ts';

/** What the working tree changed against the baseline's commit, mapped to services. Starts no host. */
export async function changeOf(
  root: string,
  config: Config,
  services: Services,
  signal: AbortSignal,
): Promise<ChangedFile[]> {
  const { commonDir } = await locate(root, services.env, signal);
  const objects = join(hostFolders(commonDir, services.env).cache, 'objects');
  const repository = await openRepository(root, { objects, env: services.env }, signal).catch(
    (error: unknown) => {
      throw error instanceof SeatrialError ? error : unusable(objects, error);
    },
  );
  const baseline = await repository.baselineCommit(config.baseline.ref, signal);
  const now = await repository.workingTree(signal);
  const files = await repository.changedFiles(baseline.tree, now, signal);
  return mapChange(files, config, await baselineRules(baseline.tree, { repository, config }, signal));
}
