import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Where the shop runs: as processes of one machine, or in a cluster, where two services are not written for Node. */
export type Variant = 'local' | 'kubernetes';

/** What is no part of the shop's repository: the list of faults (the agent of the story does not know what it got wrong). */
const apart = ['faults', 'kubernetes', 'node_modules'];

/** Copies the shop to `folder`. On Kubernetes its folder `kubernetes/` lies over the rest, and `services/x.go` replaces `services/x.mjs`. */
export async function layOutShop(packageRoot: string, folder: string, variant: Variant): Promise<void> {
  const from = join(packageRoot, 'examples', 'shop');
  await cp(from, folder, {
    recursive: true,
    filter: (source) => !apart.some((name) => source.startsWith(join(from, name))),
  });
  await writeFile(join(folder, '.gitignore'), 'node_modules\n');
  if (variant === 'local') return;
  const over = join(from, 'kubernetes');
  for (const file of await readdir(join(over, 'services'))) {
    await rm(join(folder, 'services', `${file.split('.')[0]}.mjs`));
  }
  await cp(over, folder, { recursive: true });
}

/** What the shop's services import. They are dependencies of ours, so that the demo needs no network. */
const shopImports = ['api', 'core', 'context-async-hooks', 'semantic-conventions'].map(
  (name) => `@opentelemetry/${name}`,
);

/** Puts them into `node_modules`: links where the services run on this machine, copies where an image is built. */
export async function giveImports(packageRoot: string, folder: string, variant: Variant): Promise<void> {
  const require = createRequire(join(packageRoot, 'package.json'));
  await mkdir(join(folder, 'node_modules', '@opentelemetry'), { recursive: true });
  for (const name of shopImports) {
    const entry = require.resolve(name);
    const found = entry.slice(0, entry.lastIndexOf(name) + name.length);
    const to = join(folder, 'node_modules', name);
    await (variant === 'local' ? symlink(found, to) : cp(found, to, { recursive: true, dereference: true }));
  }
}
