import { type KubeApi, KubeError } from './api.ts';
import { createCalls, type SeenRequest } from './calls.ts';
import { createKubeHttp, whereTo } from './http.ts';
import type { Login } from './login.ts';
import { pathOf } from './paths.ts';
import { openPortForward } from './port-forward.ts';
import { resources } from './resources.ts';

export interface KubeClient extends KubeApi {
  /** Name of the context; `inClusterContext` in a pod. */
  readonly context: string;
  /** The namespace that the context names. */
  readonly namespace: string | null;
  /** Closes connections that rest; requests under way go on. */
  close(): void;
}

export interface ConnectOptions {
  /** What stands before the slash is the field manager of objects that are created. */
  readonly userAgent: string;
  /** Told of each request, once it is answered. */
  readonly onRequest?: (seen: SeenRequest) => void;
}

/** The API as one who logs in so. Sends nothing by itself. */
export function connectKube(
  login: Login,
  context: { readonly name: string; readonly namespace: string | null },
  { userAgent, onRequest = () => {} }: ConnectOptions,
): KubeClient {
  const http = createKubeHttp(login, userAgent);
  const server = login.server.origin;
  const calls = createCalls({
    http,
    server,
    onRequest,
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
  return { ...calls, context: context.name, namespace: context.namespace, close: () => http.close() };
}

function portForwardUrl(server: URL, pod: { namespace: string; name: string }, port: number): string {
  const { host, port: serverPort } = whereTo(server);
  const scheme = server.protocol === 'https:' ? 'wss' : 'ws';
  const name = String(host).includes(':') ? `[${host}]` : host;
  const path = pathOf(resources.pods, { ...pod, subresource: 'portforward' }, { ports: port });
  return `${scheme}://${name}:${serverPort}${server.pathname.replace(/\/$/, '')}${path}`;
}
