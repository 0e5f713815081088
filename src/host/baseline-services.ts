import { type Config, configFile } from '../config/config.ts';
import { parseConfig } from '../config/load.ts';
import type { Tree } from './trees.ts';

/** What the baseline's own tree says about its services, where it has a valid file; else the working tree's. */
export async function baselineServices(baselineTree: string, tree: Tree): Promise<Config['services']> {
  const text = await tree.repository.readFile(baselineTree, configFile, AbortSignal.timeout(30_000));
  if (text === null) return tree.config.services;
  try {
    return parseConfig(text, { root: tree.repository.root, file: configFile }).services;
  } catch {
    return tree.config.services;
  }
}
