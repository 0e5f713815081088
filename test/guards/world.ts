import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Evidence } from '../../src/verdict/evidence.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { binary, type Outcome, outcome } from '../support/binary.ts';
import { textOf } from '../support/clients.ts';
import { planText } from './services.ts';

const root = join(import.meta.dirname, '../..');

export type Data = Readonly<Record<string, unknown>>;

/** What was kept of one run. */
export interface Judged {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
}

/** A scratch repository, and an MCP client of the built program in it. */
export interface World {
  readonly folder: string;
  readonly repo: string;
  /** The folder by which a test stops a request in its middle. */
  readonly gate: string;
  /** Calls a tool until it is done; throws what the tool says where it could not run. */
  call(tool: string, input: Data): Promise<Data>;
  edit(file: string, from: string, to: string): void;
  write(file: string, text: string): void;
  writePlan(name: string, steps: readonly string[], covers?: readonly string[] | null): void;
  git(...args: string[]): string;
  /** The working tree as it was committed, and the gate closed. */
  reset(): void;
  kept(run: Data): Judged;
  /** Ends the client, and waits for the end of the host and all that it started. */
  end(): Promise<void>;
}

export interface WorldOptions {
  /** The files to commit, made for the gate's folder. */
  readonly files: (gate: string) => Readonly<Record<string, string>>;
  /** Another copy of the built program than ours. */
  readonly main?: string;
  /** Node's modules in the repository, ignored by git, as the shop wants them. */
  readonly modules?: boolean;
}

export async function openWorld({ files, main = binary, modules = false }: WorldOptions): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sg-')));
  const [repo, gate, home] = [join(folder, 'repo'), join(folder, 'gate'), join(folder, 'home')];
  mkdirSync(repo);
  mkdirSync(gate);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    SEATRIAL_HOME: home,
    SEATRIAL_HOST_IDLE_SECONDS: '0.5',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...who, ...args], { cwd: repo, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(repo, file)), { recursive: true });
    writeFileSync(join(repo, file), text);
  };
  git('init', '-q', '-b', 'main');
  for (const [file, text] of Object.entries(files(gate))) write(file, text);
  if (modules) {
    write('.gitignore', 'node_modules\n');
    symlinkSync(join(root, 'node_modules'), join(repo, 'node_modules'));
  }
  git('add', '-A');
  git('commit', '-q', '-m', 'first');

  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp'],
    cwd: repo,
    env,
    stderr: 'pipe',
  });
  const client = new Client({ name: 'guards', version: '1.0.0' });
  await client.connect(transport);
  const once = async (name: string, input: Data) => {
    const result = await client.callTool({ name, arguments: { ...input } });
    if (result.isError === true) throw new Error(textOf(result));
    return result.structuredContent as Data;
  };
  return {
    folder,
    repo,
    gate,
    git,
    write,
    async call(tool, input) {
      let result = await once(tool, input);
      while (result.state === 'running' || result.state === 'provisioning') {
        const { run, sandbox } = result;
        result = await once(tool, result.state === 'running' ? { run } : { sandbox });
      }
      return result;
    },
    edit(file, from, to) {
      const text = readFileSync(join(repo, file), 'utf8');
      if (text.split(from).length !== 2) throw new Error(`${file} does not hold ${from} once`);
      write(file, text.replace(from, to));
    },
    writePlan: (name, steps, covers = null) => write(`plans/${name}.md`, planText(name, covers, steps)),
    reset() {
      git('reset', '-q', '--hard');
      git('clean', '-fdq');
      rmSync(gate, { recursive: true });
      mkdirSync(gate);
    },
    kept({ run }) {
      const [label = ''] = readdirSync(join(home, 'state'));
      const read = (name: string): unknown =>
        JSON.parse(readFileSync(join(home, 'state', label, 'runs', String(run), name), 'utf8'));
      return { verdict: read('verdict.json') as Verdict, evidence: read('evidence.json') as Evidence };
    },
    async end() {
      await client.close();
      await until('the host and all that it started to end', () => left(folder).length === 0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processes whose environment or command line names the folder. */
function left(folder: string): string[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      Number(pid) !== process.pid &&
      `${read(`/proc/${pid}/environ`)}${read(`/proc/${pid}/cmdline`)}`.includes(folder),
  );
}

export async function until(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 30_000;
  while (!(await probe())) {
    if (Date.now() > limit) throw new Error(`waited in vain for: ${what}`);
    await sleep(20);
  }
}

/** A copy of the built program in a folder of its own. Each patch must apply exactly once. */
export interface Mutant {
  readonly main: string;
  remove(): void;
}

export interface Patch {
  /** From `dist/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export function mutate(...patches: readonly Patch[]): Mutant {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sm-')));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const shared of ['node_modules', 'examples']) symlinkSync(join(root, shared), join(folder, shared));
  for (const { file, from, to } of patches) {
    const path = join(folder, 'dist', file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.split(from).length !== 2) throw new Error(`dist/${file} does not hold ${from} once`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
  return {
    main: join(folder, 'dist/src/main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `seatrial demo`, with `folder` as the place for temporary files. */
export async function runDemo(args: readonly string[], folder: string, main = binary): Promise<Outcome> {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [main, 'demo', ...args], { cwd: folder, env, stdio: 'pipe' });
  child.stdin.end();
  return await outcome(child);
}
