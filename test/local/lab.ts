import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, ServiceConfig } from '../../src/config/config.ts';
import { openRepository, type Repository } from '../../src/git/repository.ts';
import { createLocalEngine } from '../../src/local/engine.ts';
import { createGuard, type ProcessGuard } from '../../src/local/guard.ts';
import type { LocalEngineOptions } from '../../src/local/options.ts';
import { noLog } from '../../src/log.ts';
import type { Engine } from '../../src/sandbox/engine.ts';
import type { ForkSpec, Owner, Sandbox, Side } from '../../src/sandbox/sandbox.ts';
import { type Scratch, scratchRepository } from '../support/scratch-repository.ts';

export const never = new AbortController().signal;

export function service(name: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name,
    paths: [`${name}/**`],
    command: `node ${name}/server.mjs`,
    cwd: '.',
    setup: null,
    link: [],
    ready: { kind: 'http', path: '/healthz' },
    readySeconds: 20,
    stopSeconds: 2,
    env: {},
    shared: false,
    workload: null,
    container: null,
    sharedEffects: null,
    observe: false,
    ...more,
  };
}

export function configOf(root: string, services: readonly ServiceConfig[], maxSandboxes = 20): Config {
  return {
    root,
    engine: 'local',
    plans: 'plans',
    baseline: { ref: 'auto' },
    ignore: [],
    secrets: {},
    services: Object.fromEntries(services.map((each) => [each.name, each])),
    kubernetes: null,
    maxSandboxes,
    leaseSeconds: 600,
  };
}

interface LabOptions {
  readonly maxSandboxes?: number;
  readonly cache?: string;
  /** A folder of programs that go before those on the PATH. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Where `Scratch` was made before. */
  readonly scratch?: Scratch;
}

/** A real engine over a real repository in a scratch folder, with all that it writes below that folder. */
export interface LocalLab {
  readonly scratch: Scratch;
  readonly repository: Repository;
  readonly engine: Engine;
  readonly guard: ProcessGuard;
  readonly owner: Owner;
  readonly cache: string;
  config: Config;
  /** The tree id of the repository with these files changed; the working tree is as before when it resolves. */
  tree(files?: Readonly<Record<string, string>>): Promise<string>;
  /** A fork of the service from the repository with these files changed. */
  fork(service: string, files?: Readonly<Record<string, string>>): Promise<ForkSpec>;
  /** Provisions and waits until it is not `provisioning` any more. */
  provision(name: string, forks: readonly ForkSpec[]): Promise<Sandbox>;
  /** The text that a service of a side answers to GET. */
  ask(service: string, side: Side | string, path?: string): Promise<string>;
  close(): Promise<void>;
}

export async function localLab(
  files: Readonly<Record<string, string>>,
  services: readonly ServiceConfig[],
  more: Partial<LocalEngineOptions> & LabOptions = {},
): Promise<LocalLab> {
  const scratch = more.scratch ?? scratchRepository(files);
  const programs = join(scratch.folder, 'bin');
  mkdirSync(programs, { recursive: true });
  for (const [name, text] of Object.entries(more.programs ?? {})) {
    writeFileSync(join(programs, name), text, { mode: 0o755 });
  }
  scratch.env.PATH = `${programs}:${scratch.env.PATH}`;
  const cache = more.cache ?? join(scratch.folder, 'cache');
  const runtime = join(scratch.folder, 'runtime');
  const { execPath, pid, env } = process;
  const guard = await createGuard({ pid, execPath, runtime, log: noLog });
  const repository = await openRepository(
    scratch.root,
    { objects: join(scratch.folder, 'objects'), env: scratch.env },
    never,
  );
  const baselineTree = await repository.workingTree(never);
  const config = configOf(scratch.root, services, more.maxSandboxes);
  const lab = { config };
  const engine = await createLocalEngine({
    baseline: { commit: scratch.git('rev-parse', 'HEAD'), from: 'HEAD', assumed: false },
    baselineTree,
    baselineServices: config.services,
    config: () => lab.config,
    repository,
    folders: { cache, runtime },
    log: noLog,
    guard,
    env: { ...env, ...scratch.env },
    workingTreeRoot: scratch.root,
    ...more,
  });
  const owner = { principal: 'os:test', repository: repository.commonDir, workingTree: repository.root };
  let changing: Promise<unknown> = Promise.resolve();
  return Object.assign(lab, {
    scratch,
    repository,
    engine,
    guard,
    owner,
    cache,
    tree(changed: Readonly<Record<string, string>> = {}) {
      const work = async () => {
        for (const [path, text] of Object.entries(changed)) scratch.write(path, text);
        const tree = await repository.workingTree(never);
        scratch.git('checkout', '--quiet', '--', '.');
        scratch.git('clean', '--quiet', '-fd');
        return tree;
      };
      const next = changing.then(work);
      changing = next.catch(() => {});
      return next;
    },
    async fork(name: string, changed: Readonly<Record<string, string>> = {}): Promise<ForkSpec> {
      return {
        service: name,
        revision: { kind: 'tree', tree: await this.tree(changed), ref: null },
        env: {},
      };
    },
    async provision(name: string, forks: readonly ForkSpec[]): Promise<Sandbox> {
      await engine.provision({ name, owner, leaseSeconds: 300, forks }, never);
      for await (const sandbox of engine.watch(name, AbortSignal.timeout(40_000))) {
        if (sandbox.state !== 'provisioning') return sandbox;
      }
      throw new Error('watch ended');
    },
    async ask(name: string, to: Side | string, path = '/'): Promise<string> {
      const side: Side = typeof to === 'string' ? { kind: 'sandbox', name: to } : to;
      const { origin, host } = await engine.endpoint(name, side, never);
      return await (await fetch(origin + path, { headers: { host } })).text();
    },
    async close() {
      await engine.close();
      await guard.close();
      scratch[Symbol.dispose]();
    },
  });
}
