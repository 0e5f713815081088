import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SeatrialError } from '../../errors.ts';

/** Types, source maps and prose: no program reads them. */
const unused = /\.(?:d\.[cm]?ts|map|md|markdown)$/i;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Writes a folder that `docker build` makes our image from: `deploy/Dockerfile`, `dist` and the production dependencies
 * as they lie beside this package, so that neither the build nor the cluster reaches an npm registry. The folder has to
 * be new or empty. Gives the number of packages.
 */
export async function writeBuildContext(packageRoot: string, folder: string): Promise<number> {
  if (existsSync(folder) && (await readdir(folder)).length > 0) {
    throw new SeatrialError('invalid-argument', {
      what: `${folder} is not empty.`,
      next: 'Name a folder that does not exist yet.',
    });
  }
  const dist = join(packageRoot, 'dist');
  if (!existsSync(join(dist, 'src', 'main.js'))) {
    throw new SeatrialError('invalid-argument', {
      what: 'This package holds no dist, so there is nothing to put into an image.',
      next: 'Run npm run build, and call again.',
    });
  }
  await mkdir(folder, { recursive: true });
  await cp(join(packageRoot, 'deploy', 'Dockerfile'), join(folder, 'Dockerfile'));
  await cp(join(packageRoot, 'package.json'), join(folder, 'package.json'));
  await copyProgram(dist, join(folder, 'dist'));
  const packages = await productionPackages(packageRoot);
  for (const [target, source] of packages) await copyProgram(source, join(folder, target));
  return packages.size;
}

async function copyProgram(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, {
    recursive: true,
    dereference: true,
    // What is nested is a package of its own, and copied as that if it is a dependency.
    filter: (source) => !unused.test(source) && !source.slice(from.length).includes('/node_modules'),
  });
}

/**
 * Folder in the image → folder here, of all that the package needs at run time, found as Node finds it. A second
 * version of a package lies with whoever asks for it.
 */
async function productionPackages(packageRoot: string): Promise<ReadonlyMap<string, string>> {
  const placed = new Map<string, string>();
  const needs: { readonly place: string; readonly name: string; readonly source: string }[] = [];
  const visit = async (from: string, place: string): Promise<void> => {
    for (const [name, optional] of dependenciesOf(await readManifest(from))) {
      const source = await locate(from, name);
      if (source === null) {
        if (optional) continue;
        throw notInstalled(name);
      }
      needs.push({ place, name, source });
      if (resolveIn(placed, place, name) === source) continue;
      const top = join('node_modules', name);
      const target = placed.has(top) ? join(place, 'node_modules', name) : top;
      placed.set(target, source);
      await visit(source, target);
    }
  };
  await visit(await realpath(packageRoot), '');
  for (const { place, name, source } of needs) {
    if (resolveIn(placed, place, name) !== source) throw notInstalled(name);
  }
  return placed;
}

/** What a package that lies at `place` in the image gets when it imports `name`. */
function resolveIn(placed: ReadonlyMap<string, string>, place: string, name: string): string | undefined {
  for (let at = place; ; at = dirname(at)) {
    const found = placed.get(join(at, 'node_modules', name));
    if (found !== undefined || at === '.' || at === '') return found;
  }
}

function notInstalled(name: string): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what: `The package ${name} is not installed as its users need it.`,
    next: 'Run npm ci in the folder of this package, and call again.',
  });
}

function dependenciesOf(manifest: Manifest): readonly (readonly [string, boolean])[] {
  const optional = Object.keys(manifest.optionalDependencies ?? {});
  const needed = Object.keys(manifest.dependencies ?? {}).filter((name) => !optional.includes(name));
  return [...needed.map((name) => [name, false] as const), ...optional.map((name) => [name, true] as const)];
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function locate(from: string, name: string): Promise<string | null> {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return realpath(folder);
    if (dirname(at) === at) return null;
  }
}
