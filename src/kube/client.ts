import { existsSync, readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { delimiter, dirname, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { KubeError } from './api.ts';
import { type ConnectOptions, connectKube, type KubeClient } from './connect.ts';
import { createLogin, type LoginOptions, type TlsOptions } from './login.ts';

export interface KubeOptions extends ConnectOptions {
  /**
   * `file`: as in KUBECONFIG, may be several, and what kubectl takes where missing. `context`: the current one where
   * missing.
   */
  readonly kubeconfig?: { readonly file?: string; readonly context?: string };
}

/** Throws a KubeError with reason `Kubeconfig` where there is none, or the context is not in it. Sends nothing. */
export function openKube({ kubeconfig = {}, ...options }: KubeOptions): KubeClient {
  let config = loadConfig(kubeconfig);
  const { cluster, context } = currentOf(config);
  const login = createLogin(
    new URL(cluster.server),
    () => credentialsOf(config),
    () => {
      config = loadConfig(kubeconfig);
    },
  );
  return connectKube(login, { name: context.name, namespace: context.namespace ?? null }, options);
}

/** What client-node would log in with. Its messages may hold what a credential plugin printed, so they stay inside. */
async function credentialsOf(config: KubeConfig): Promise<LoginOptions> {
  const given: RequestOptions & TlsOptions = {};
  try {
    await config.applyToHTTPSOptions(given);
  } catch {
    throw new KubeError(
      0,
      'Kubeconfig',
      `the credentials of context ${config.getCurrentContext()} cannot be made: a file is missing or its credential plugin failed; see what \`kubectl --context ${config.getCurrentContext()} version\` says`,
    );
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
  }
  const { ca, cert, key, rejectUnauthorized, servername } = given;
  return {
    headers,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(servername === undefined ? {} : { servername }),
    },
    ...(typeof given.auth === 'string' ? { auth: given.auth } : {}),
    ...(config.getCurrentCluster()?.proxyUrl === undefined ? {} : { agent: given.agent as Agent }),
  };
}

function currentOf(config: KubeConfig) {
  const name = config.getCurrentContext();
  const context = name === undefined ? null : config.getContextObject(name);
  if (context === null) {
    const known = config.contexts.map((one) => one.name).join(', ');
    const which = name ? `has no context ${name}` : 'names no current context';
    throw unusable(`the kubeconfig ${which}; it has ${known === '' ? 'none' : known}`);
  }
  const cluster = config.getCluster(context.cluster);
  if (cluster === null || !URL.canParse(cluster.server)) {
    throw unusable(`context ${name} of the kubeconfig has no cluster with an address`);
  }
  if (config.getUser(context.user) === null) throw unusable(`context ${name} of the kubeconfig has no user`);
  return { cluster, context };
}

function loadConfig(kubeconfig: NonNullable<KubeOptions['kubeconfig']>): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig.file === undefined) loadDefault(config);
  else loadFiles(config, kubeconfig.file);
  if (kubeconfig.context !== undefined) config.setCurrentContext(kubeconfig.context);
  return config;
}

function loadDefault(config: KubeConfig): void {
  try {
    config.loadFromDefault();
  } catch (error) {
    throw unusable(`the kubeconfig cannot be read (${codeOf(error)})`);
  }
  // Where it finds nothing, client-node makes up a server.
  if (config.getCurrentContext() === 'loaded-context') {
    throw unusable('there is no kubeconfig: KUBECONFIG is not set and ~/.kube/config does not exist');
  }
}

/** Several files as kubectl merges them: the first to name something wins, and files that are missing are passed over. */
function loadFiles(config: KubeConfig, list: string): void {
  const files = list.split(delimiter).filter((file) => file !== '');
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0) throw unusable(`there is no kubeconfig at ${list}`);
  for (const file of found) {
    const one = new KubeConfig();
    try {
      one.loadFromFile(file);
    } catch (error) {
      throw unusable(`the kubeconfig ${file} cannot be read (${codeOf(error)})`);
    }
    config.clusters = merged(config.clusters, one.clusters);
    config.contexts = merged(config.contexts, one.contexts);
    config.users = merged(config.users, withTokenFiles(file, one.users));
    if (!config.getCurrentContext()) config.setCurrentContext(one.getCurrentContext());
  }
}

function merged<T extends { readonly name: string }>(before: readonly T[], more: readonly T[]): T[] {
  const names = new Set(before.map(({ name }) => name));
  return [...before, ...more.filter(({ name }) => !names.has(name))];
}

const tokenFiles = z.object({
  users: z.array(
    z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }).nullish() }),
  ),
});

/** client-node does not know the field `tokenFile`; its authenticator for token files does what the field wants. */
function withTokenFiles(file: string, users: KubeConfig['users']): KubeConfig['users'] {
  const read = tokenFiles.safeParse(parse(readFileSync(file, 'utf8')));
  if (!read.success) return users;
  const byUser = new Map(read.data.users.map(({ name, user }) => [name, user?.tokenFile]));
  return users.map((user) => {
    const tokenFile = byUser.get(user.name);
    if (tokenFile === undefined || user.token) return user;
    const path = resolve(dirname(file), tokenFile);
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: path } } };
  });
}

function unusable(message: string): KubeError {
  return new KubeError(0, 'Kubeconfig', message);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'no kubeconfig';
}
