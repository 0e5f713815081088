import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configFile } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { type ExitCode, exit } from './exit.ts';
import type { Context } from './verb.ts';

interface Found {
  readonly name: string;
  /** From the root, without a slash at the end; empty for the root itself. */
  readonly folder: string;
  /** How it is started; null where nothing says so. */
  readonly command: string | null;
  readonly setup: string | null;
}

/** Folders that usually hold one service in each of theirs. */
const parents = ['services', 'apps', 'packages', 'cmd'];

const entries = [
  'server.ts',
  'server.mjs',
  'server.js',
  'main.ts',
  'main.mjs',
  'main.js',
  'index.mjs',
  'index.js',
];

export async function init({ services, terminal }: Context): Promise<ExitCode> {
  const root = await services.workingTree(terminal.signal);
  const found = await findServices(root);
  const file = join(root, configFile);
  try {
    await writeFile(file, draft(found), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new SeatrialError('invalid-argument', {
      what: `${configFile} is there already; nothing was written.`,
      next: 'Edit it, or move it away and call `seatrial init` again.',
    });
  }
  const services_ = found.length === 1 ? 'service' : 'services';
  terminal.print(
    `Wrote ${configFile} with ${found.length} ${services_}: ${found.map(({ name }) => name).join(', ')}.`,
  );
  terminal.print(
    'Check each `command`, `ready` and `env` in it, and mark databases and queues `shared: true`.',
  );
  terminal.print(
    'Then: seatrial doctor, seatrial plans new <name>, seatrial plans try <name>; and commit both files.',
  );
  return exit.passed;
}

async function findServices(root: string): Promise<Found[]> {
  const folders = (await Promise.all(parents.map((parent) => subfolders(root, parent)))).flat();
  const found = (await Promise.all(folders.map((folder) => look(root, folder)))).filter(
    (service) => service !== null,
  );
  if (found.length > 0) return found;
  const itself = await look(root, '');
  return [itself ?? { name: 'app', folder: '', command: null, setup: null }];
}

async function subfolders(root: string, parent: string): Promise<string[]> {
  const children = await readdir(join(root, parent), { withFileTypes: true }).catch(() => []);
  return children
    .filter((child) => child.isDirectory() && !child.name.startsWith('.') && child.name !== 'node_modules')
    .map((child) => `${parent}/${child.name}`)
    .sort();
}

async function look(root: string, folder: string): Promise<Found | null> {
  const files = await readdir(join(root, folder)).catch((): string[] => []);
  const start = await startScript(join(root, folder, 'package.json'));
  const entry = entries.find((name) => files.includes(name));
  const inFolder = (path: string) => (folder === '' ? path : `${folder}/${path}`);
  const prefix = folder === '' ? '' : ` --prefix ${quoted(folder)}`;
  const npm = files.includes('package-lock.json');
  const setup = npm ? `npm ci${prefix}` : null;
  const name = serviceName(folder.split('/').at(-1) ?? '');
  if (start) return { name, folder, command: `npm${prefix} start`, setup };
  if (entry !== undefined) return { name, folder, command: `node ${quoted(inFolder(entry))}`, setup };
  if (files.includes('go.mod') || files.includes('main.go')) {
    return { name, folder, command: `go run ./${quoted(folder)}`, setup: null };
  }
  const app = ['app.py', 'main.py', 'server.py'].find((file) => files.includes(file));
  return app === undefined
    ? null
    : { name, folder, command: `python3 ${quoted(inFolder(app))}`, setup: null };
}

async function startScript(file: string): Promise<boolean> {
  try {
    const { scripts } = JSON.parse(await readFile(file, 'utf8')) as { scripts?: { start?: unknown } };
    return typeof scripts?.start === 'string';
  } catch {
    return false;
  }
}

function serviceName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'app' : name.slice(0, 40);
}

/** Commands are run by a shell: a folder with a blank must not become two words. */
function quoted(path: string): string {
  return /^[\w./-]*$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** JSON strings are YAML strings: whatever a folder is called, it stays one value. */
function draft(found: readonly Found[]): string {
  const services = found.flatMap(({ name, folder, command, setup }) => [
    `  ${name}:`,
    `    paths: [${JSON.stringify(folder === '' ? '**' : `${folder}/**`)}]`,
    command === null
      ? '    command: "" # TODO: how to start it; it must listen on the port in $PORT'
      : `    command: ${JSON.stringify(command)} # must listen on the port in $PORT`,
    ...(setup === null ? [] : [`    setup: ${JSON.stringify(setup)}`]),
    '    ready: tcp # or a path that answers 2xx, such as /healthz',
  ]);
  return [
    '# Services that Seatrial starts: the baseline from git, forks from your working tree. Each listens on $PORT.',
    '# What a service needs to know of others goes into its env, never a fixed address:',
    '#   env: { OTHER_URL: "{{ services.other.url }}" }',
    '# A database or queue that baseline and sandboxes use together: shared: true ({{ data }} is a folder for its files).',
    'plans: plans',
    'services:',
    ...services,
    '',
  ].join('\n');
}
