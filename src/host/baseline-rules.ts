import { type Config, configFile } from '../config/config.ts';
import { parseConfig } from '../config/load.ts';
import { SeatrialError } from '../errors.ts';
import type { Repository } from '../git/repository.ts';

/** By what the baseline says which files make which service. */
export type BaselineRules = Pick<Config, 'services' | 'ignore' | 'plans'>;

/** What the baseline's own `seatrial.yaml` says; the working tree's where its tree has none that can be read. */
export async function baselineRules(
  baselineTree: string,
  {
    repository,
    config,
  }: { readonly repository: Pick<Repository, 'readFile' | 'root'>; readonly config: Config },
  signal: AbortSignal,
): Promise<BaselineRules> {
  const text = await repository.readFile(baselineTree, configFile, signal);
  if (text === null) return config;
  try {
    return parseConfig(text, { root: repository.root, file: configFile });
  } catch (error) {
    if (error instanceof SeatrialError) return config;
    throw error;
  }
}
