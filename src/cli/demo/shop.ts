import { cp, readdir, rm, writeFile } from 'node:fs/promises';
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
