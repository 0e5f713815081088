import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { giveImports, layOutShop, type Variant } from './shop.ts';

const exec = promisify(execFile);

/** A clone of the shop in a folder of its own, with all that Seatrial keeps (cache, runs) beside it. */
export interface Scratch {
  readonly folder: string;
  /** The clone: the working tree of the agent. */
  readonly shop: string;
  /** SEATRIAL_HOME. */
  readonly home: string;
  /** Runs git in the clone: its stdout, trimmed. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** `packageRoot` is the folder of our package.json. Needs git. */
export async function makeScratch(
  packageRoot: string,
  env: NodeJS.ProcessEnv,
  options: {
    readonly variant: Variant;
    /** Changes the files before they are committed to main. */
    readonly prepare?: (folder: string) => Promise<void>;
  } = { variant: 'local' },
): Promise<Scratch> {
  const { variant, prepare } = options;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'seatrial-demo-')));
  try {
    const origin = join(folder, 'origin');
    const shop = join(folder, 'shop');
    const git = (cwd: string, ...args: string[]) => exec('git', args, { cwd, env: gitEnv(env) });
    await layOutShop(packageRoot, origin, variant);
    await prepare?.(origin);
    await git(origin, 'init', '--quiet', '--initial-branch=main');
    await git(origin, 'add', '--all');
    await git(origin, 'commit', '--quiet', '--message=The shop');
    await git(folder, 'clone', '--quiet', 'origin', 'shop');
    await git(shop, 'switch', '--quiet', '--create', 'agent/change');
    await giveImports(packageRoot, shop, variant);
    return {
      folder,
      shop,
      home: join(folder, 'home'),
      git: async (...args) => (await git(shop, ...args)).stdout.trim(),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The user's own git set-up (hooks, signing, templates, GIT_DIR of a hook that runs us) has no part in the story. */
function gitEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
  const who = { NAME: 'Seatrial demo', EMAIL: 'demo@seatrial.invalid' };
  return {
    ...own,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: who.NAME,
    GIT_AUTHOR_EMAIL: who.EMAIL,
    GIT_COMMITTER_NAME: who.NAME,
    GIT_COMMITTER_EMAIL: who.EMAIL,
  };
}
