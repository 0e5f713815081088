import { realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { SeatrialError } from '../errors.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import type { Owner } from '../sandbox/sandbox.ts';
import type { Env } from './env.ts';
import { unusable } from './private-folder.ts';
import type { HostCall } from './server.ts';

/** One working tree as a call sees it: its configuration is read anew for each call. */
export interface Tree {
  readonly repository: Repository;
  readonly owner: Owner;
  readonly config: Config;
  /** Of the caller: names the kubeconfig. */
  readonly env: Env;
}

export interface Trees {
  /** Rejects with `not-a-repository`, `no-config` or `invalid-config`. */
  open(workingTree: string, call: HostCall): Promise<Tree>;
  /** Who calls, and where, without a look at the configuration. */
  owner(workingTree: string, call: HostCall): Promise<Owner>;
  /** The configuration that the working tree had at its last call. */
  lastConfig(workingTree: string): Config | null;
  /** Of the last call. Any of them reads all trees; one whose working tree was removed since reads none. */
  lastRepository(): Repository | null;
}

export function openTrees(options: {
  readonly commonDir: string;
  readonly cache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Trees {
  const configs = new Map<string, Config>();
  let last: Repository | null = null;
  const repository = async (workingTree: string, call: HostCall) => {
    const place = { objects: join(options.cache, 'objects'), env: options.env };
    const found = await openRepository(workingTree, place, call.signal).catch((error: unknown) => {
      throw error instanceof SeatrialError ? error : unusable(options.cache, error);
    });
    // The path decides which files are read and which commands run: only working trees of our repository.
    if (found.commonDir === (await realpath(options.commonDir))) {
      last = found;
      return found;
    }
    throw new SeatrialError('invalid-argument', {
      what: `${workingTree} belongs to another repository than this host.`,
      next: 'Call again: the client then finds the host of that repository.',
    });
  };
  const ownerOf = (found: Repository): Owner => ({
    principal: `os:${userInfo().username}`,
    repository: found.commonDir,
    workingTree: found.root,
  });
  return {
    async open(workingTree, call) {
      const found = await repository(workingTree, call);
      const { config } = await loadConfig({ root: found.root, env: call.env });
      configs.set(found.root, config);
      return { repository: found, owner: ownerOf(found), config, env: call.env };
    },
    owner: async (workingTree, call) => ownerOf(await repository(workingTree, call)),
    lastRepository: () => last,
    lastConfig: (workingTree) => configs.get(workingTree) ?? null,
  };
}
