import { join } from 'node:path';
import { type ChangedFile, mapChange } from '../../src/config/change.ts';
import { type Config, configFile } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { SeatrialError } from '../../src/errors.ts';
import { openRepository, type Repository } from '../../src/git/repository.ts';
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
  return mapChange(files, config, await servicesAt(repository, baseline.tree, root, config, signal));
}

/** The working tree's where the baseline has no file or a broken one: then it runs by this one. */
async function servicesAt(
  repository: Repository,
  tree: string,
  root: string,
  config: Config,
  signal: AbortSignal,
): Promise<Config['services']> {
  const text = await repository.readFile(tree, configFile, signal);
  if (text === null) return config.services;
  try {
    return parseConfig(text, { root, file: configFile }).services;
  } catch (error) {
    if (error instanceof SeatrialError) return config.services;
    throw error;
  }
}
