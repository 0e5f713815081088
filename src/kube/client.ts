import { existsSync, readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { delimiter, dirname, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { type KubeApi, KubeError } from './api.ts';
import { createCalls, type SeenRequest } from './calls.ts';
import { createKubeHttp, whereTo } from './http.ts';
import type { Login, LoginOptions, TlsOptions } from './login.ts';
import { pathOf } from './paths.ts';
import { openPortForward } from './port-forward.ts';
import { resources } from './resources.ts';

export interface KubeOptions {
  /**
   * `file`: as in KUBECONFIG, may be several, and what kubectl takes where missing. `context`: the current one where
   * missing. `in-cluster`: the service account of the pod.
   */
  readonly kubeconfig?: { readonly file?: string; readonly context?: string } | 'in-cluster';
  /** What stands before the slash is the field manager of objects that are created. */
  readonly userAgent: string;
  /** Told of each request, once it is answered. */
  readonly onRequest?: (seen: SeenRequest) => void;
}

export interface KubeClient extends KubeApi {
  /** Name of the context; `inCluster…` in a pod. */
  readonly context: string;
  /** The namespace that the context names. */
  readonly namespace: string | null;
  /** Closes connections that rest; requests under way go on. */
  close(): void;
}

/** How long tokens and certificates that were read serve further requests. */
const freshMs = 5_000;

/** Throws a KubeError with reason `Kubeconfig` where there is none, or the context is not in it. Sends nothing. */
export function openKube(options: KubeOptions): KubeClient {
  const { kubeconfig = {}, userAgent } = options;
  const load = () => loadConfig(kubeconfig);
  const config = load();
  const { cluster, context } = currentOf(config);
  const login = createLogin(config, load, cluster.server);
  const http = createKubeHttp(login, userAgent);
  const server = login.server.origin;
  const calls = createCalls({
    http,
    server,
    onRequest: options.onRequest ?? (() => {}),
    portForward: async (pod, port, signal) => {
      const target = {
        url: portForwardUrl(login.server, pod, port),
        what: `port-forward to pods ${pod.namespace}/${pod.name}`,
        server,
        userAgent,
      };
      const given = await login.options();
      try {
        return await openPortForward(target, given, signal);
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 401) throw error;
        login.renew(given);
        return openPortForward(target, await login.options(), signal);
      }
    },
  });
  return { ...calls, context: context.name, namespace: context.namespace ?? null, close: () => http.close() };
}

function portForwardUrl(server: URL, pod: { namespace: string; name: string }, port: number): string {
  const { host, port: serverPort } = whereTo(server);
  const scheme = server.protocol === 'https:' ? 'wss' : 'ws';
  const name = String(host).includes(':') ? `[${host}]` : host;
  const path = pathOf(resources.pods, { ...pod, subresource: 'portforward' }, { ports: port });
  return `${scheme}://${name}:${serverPort}${server.pathname.replace(/\/$/, '')}${path}`;
}

function createLogin(first: KubeConfig, load: () => KubeConfig, address: string): Login {
  let config = first;
  let kept: Promise<LoginOptions> | null = null;
  let keptUntil = 0;
  let latest: LoginOptions | null = null;
  async function make(): Promise<LoginOptions> {
    latest = await credentialsOf(config);
    return latest;
  }
  return {
    server: new URL(address),
    options: () => {
      if (kept === null || keptUntil < performance.now()) {
        const made = make();
        kept = made;
        keptUntil = performance.now() + freshMs;
        made.catch(() => {
          if (kept === made) kept = null;
        });
      }
      return kept;
    },
    renew: (refused) => {
      // Many requests may be refused with the same credentials: the first of them has them made anew.
      if (latest !== refused) return;
      latest = null;
      kept = null;
      config = load();
    },
  };
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
  if (kubeconfig === 'in-cluster') {
    config.loadFromCluster();
    if (!URL.canParse(config.getCurrentCluster()?.server ?? ''))
      throw unusable('this is no pod of a cluster');
    return config;
  }
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
