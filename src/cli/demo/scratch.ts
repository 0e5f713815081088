import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { layOutShop } from './shop.ts';

const exec = promisify(execFile);

/** A clone of the shop in a folder of its own, with all that Seatrial keeps (cache, runs) beside it. */
export interface Scratch {
  readonly folder: string;
  /** The clone: the working tree of the agent. */
  readonly shop: string;
  /** SEATRIAL_HOME. */
  readonly home: string;
  remove(): Promise<void>;
}

/** What the shop's services import. They are dependencies of ours, so that the demo needs no network. */
const shopImports = ['@opentelemetry/api', '@opentelemetry/core', '@opentelemetry/context-async-hooks'];

/** `packageRoot` is the folder of our package.json. Needs git. */
export async function makeScratch(packageRoot: string, env: NodeJS.ProcessEnv): Promise<Scratch> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'seatrial-demo-')));
  try {
    const origin = join(folder, 'origin');
    const shop = join(folder, 'shop');
    const git = (cwd: string, ...args: string[]) => exec('git', args, { cwd, env: gitEnv(env) });
    await layOutShop(packageRoot, origin, 'local');
    await git(origin, 'init', '--quiet', '--initial-branch=main');
    await git(origin, 'add', '--all');
    await git(origin, 'commit', '--quiet', '--message=The shop');
    await git(folder, 'clone', '--quiet', 'origin', 'shop');
    await git(shop, 'switch', '--quiet', '--create', 'agent/change');
    await linkImports(packageRoot, shop);
    return {
      folder,
      shop,
      home: join(folder, 'home'),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function linkImports(packageRoot: string, shop: string): Promise<void> {
  const require = createRequire(join(packageRoot, 'package.json'));
  await mkdir(join(shop, 'node_modules', '@opentelemetry'), { recursive: true });
  for (const name of shopImports) {
    const entry = require.resolve(name);
    const folder = entry.slice(0, entry.lastIndexOf(name) + name.length);
    await symlink(folder, join(shop, 'node_modules', name));
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
