import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { toErrorData } from '../errors.ts';
import { hostFolders } from '../host/folders.ts';
import { locate } from '../host/locate.ts';
import { greet } from '../host/start.ts';
import { KubeError } from '../kube/api.ts';
import { type ClusterOptions, clusterError, withCluster } from './cluster/connect.ts';
import { type ExitCode, exit } from './exit.ts';
import { type Context, callTool } from './verb.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly found: string;
  readonly next?: string;
}

/** Looks at all that a loop needs, in the order in which it is needed. Starts nothing. */
export async function doctor(context: Context, options: ClusterOptions): Promise<ExitCode> {
  const checks: Check[] = [];
  const here = options.context !== undefined || options.namespace !== undefined ? [] : looks;
  for (const [name, look] of here) {
    const check = await checked(name, () => look(context));
    checks.push(check);
    // What follows needs what failed.
    if (!check.ok && (name === 'git' || name === 'repository')) break;
  }
  const target = await clusterOf(context, options);
  if (target !== null) checks.push(...(await inCluster(context, target)));
  const well = checks.every(({ ok }) => ok);
  if (options.json === true) context.terminal.printJson({ ok: well, checks });
  else context.terminal.print(checks.map(line).join('\n'));
  return well ? exit.passed : exit.couldNotRun;
}

async function checked(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, found: await look() };
  } catch (error) {
    const { what, why, next } = toErrorData(error instanceof KubeError ? clusterError(error) : error);
    return { name, ok: false, found: why === undefined ? what : `${what} ${why}`, next };
  }
}

/** The cluster that was asked for, or that seatrial.yaml names; null where it names none. */
async function clusterOf(context: Context, options: ClusterOptions): Promise<ClusterOptions | null> {
  if (options.context !== undefined || options.namespace !== undefined) return options;
  try {
    const { root } = await place(context);
    const { config } = await loadConfig({ root, env: context.surroundings.env });
    return config.kubernetes === null ? null : { ...options, ...config.kubernetes };
  } catch {
    // The checks before this one have said so.
    return null;
  }
}

async function inCluster(context: Context, options: ClusterOptions): Promise<readonly Check[]> {
  const { clusterChecks } = await import('./cluster/checks.ts');
  const checks: Check[] = [];
  const all = await checked('kubeconfig', () =>
    withCluster(context, options, async (connection) => {
      const target = { ...connection, version: context.surroundings.version };
      for (const { name, look, needs } of clusterChecks) {
        const failed = checks.filter((check) => !check.ok && needs.includes(check.name));
        checks.push(failed.length > 0 ? notChecked(name, failed) : await checked(name, () => look(target)));
      }
      return `context ${connection.kube.context}, namespace ${connection.namespace}`;
    }),
  );
  return [all, ...checks];
}

function notChecked(name: string, failed: readonly Check[]): Check {
  return { name, ok: false, found: `not checked, as it needs: ${failed.map((one) => one.name).join(', ')}` };
}

function line({ name, ok, found, next }: Check): string {
  return `${ok ? 'ok  ' : 'FAIL'} ${name}: ${found}${next === undefined ? '' : `\n     Next: ${next}`}`;
}

const looks: readonly (readonly [string, (context: Context) => Promise<string>])[] = [
  ['node', ({ surroundings }) => versionOf(surroundings.entry.execPath)],
  ['git', () => versionOf('git')],
  ['repository', async (context) => (await place(context)).root],
  ['configuration and plans', configuration],
  ['folders', folders],
  ['host', host],
];

async function versionOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--version']);
  return stdout.trim();
}

function place({ surroundings, terminal }: Context) {
  return locate(surroundings.cwd, surroundings.env, terminal.signal);
}

async function configuration(context: Context): Promise<string> {
  const { data } = await callTool(context, 'list_plans', {}, null);
  const count = (value: unknown) => (Array.isArray(value) ? value.length : 0);
  const broken = count(data.broken);
  return `${count(data.plans)} plans${broken === 0 ? '' : `, ${broken} broken: seatrial plans check names them`}`;
}

async function folders(context: Context): Promise<string> {
  const { cache, state, log } = hostFolders((await place(context)).commonDir, context.surroundings.env);
  for (const folder of [cache, state]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  }
  return `cache ${cache}, log ${log}`;
}

async function host(context: Context): Promise<string> {
  const { commonDir } = await place(context);
  const { env } = context.surroundings;
  const found = await greet(hostFolders(commonDir, env), 3000, context.terminal.signal);
  if (found === null) return 'none runs; the first call starts one';
  return `version ${found.version}, process ${found.pid}`;
}
