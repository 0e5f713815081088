import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { KubeError } from './api.ts';
import { type ConnectOptions, connectKube, type KubeClient } from './connect.ts';
import { createLogin } from './login.ts';

export interface PodOptions extends ConnectOptions {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are read, as the kubelet sets them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where token, CA and namespace of the service account are. */
  readonly folder?: string;
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API as the service account of the pod that this runs in. Throws a KubeError with reason `Kubeconfig` where it is
 * no pod. Apart from `client.ts`, as reading kubeconfigs takes a library that is slow to load, and every pod starts so.
 */
export function openPodKube({ env, folder = accountFolder, ...options }: PodOptions): KubeClient {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const address = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (host === '' || !URL.canParse(address)) throw noPod('this is no pod of a cluster');
  // Tokens change about every hour, and their file with them.
  const login = createLogin(new URL(address), async () => {
    try {
      const [token, ca] = await Promise.all([
        readFile(`${folder}/token`, 'utf8'),
        readFile(`${folder}/ca.crt`),
      ]);
      return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    } catch {
      throw noPod(`the token or ca.crt of the service account cannot be read in ${folder}`);
    }
  });
  const namespace = existsSync(`${folder}/namespace`)
    ? readFileSync(`${folder}/namespace`, 'utf8').trim()
    : null;
  return connectKube(login, { name: 'inClusterContext', namespace }, options);
}

function noPod(message: string): KubeError {
  return new KubeError(0, 'Kubeconfig', message);
}
