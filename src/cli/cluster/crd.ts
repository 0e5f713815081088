import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Manifest } from '../../operator/install/manifest.ts';

/** `deploy/crd.yaml` of the package. */
export async function readCrd(packageRoot: string): Promise<Manifest> {
  return parse(await readFile(join(packageRoot, 'deploy', 'crd.yaml'), 'utf8')) as Manifest;
}

/** Where `dist/src/main.js`, or `src/main.ts`, lies in. */
export function packageRootOf(main: string): string {
  return join(main, main.endsWith('.ts') ? '../..' : '../../..');
}
