import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export type Kubeconfig =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'missing'; readonly message: string };

/** KUBECONFIG where it is set, else what `npm run cluster:up` made. Never the user's own ~/.kube/config by accident. */
export function findKubeconfig(env: NodeJS.ProcessEnv): Kubeconfig {
  const named = env.KUBECONFIG ?? '';
  if (named !== '') {
    return existsSync(named)
      ? { kind: 'found', file: named }
      : { kind: 'missing', message: `KUBECONFIG names no file: ${named}` };
  }
  const home = env.HOME ?? homedir();
  const state = env.XDG_STATE_HOME ?? join(home, '.local/state');
  const name = env.SEATRIAL_CLUSTER_NAME ?? 'seatrial-t';
  const made = [
    join(env.SEATRIAL_CLUSTER ?? join(state, 'seatrial-cluster', name), 'admin.kubeconfig'),
    join(env.SEATRIAL_KIND ?? join(tmpdir(), 'seatrial-kind'), `kubeconfig-${env.CLUSTER ?? 'seatrial'}`),
  ].find((file) => existsSync(file));
  if (made !== undefined) return { kind: 'found', file: made };
  return {
    kind: 'missing',
    message: 'There is no cluster: set KUBECONFIG to a disposable one, or make one by `npm run cluster:up`.',
  };
}
