/** `seatrial.yaml`, parsed: what the rest of the code trusts. `config/load.ts` makes it. */

export interface Config {
  /** Absolute path of the working tree that the file lies in. */
  readonly root: string;
  readonly engine: 'auto' | 'local' | 'kubernetes';
  /** Folder of the plans, from the root. */
  readonly plans: string;
  readonly baseline: { readonly ref: string };
  /** Globs of files whose change no check needs to see. */
  readonly ignore: readonly string[];
  readonly secrets: Readonly<Record<string, { readonly env: string }>>;
  readonly services: Readonly<Record<string, ServiceConfig>>;
  readonly kubernetes: { readonly context: string; readonly namespace: string } | null;
  /** Sandboxes one owner may have at once. */
  readonly maxSandboxes: number;
  /** Length of a lease that the call does not name. */
  readonly leaseSeconds: number;
}

export interface ServiceConfig {
  readonly name: string;
  /** Globs of the files that make this service. */
  readonly paths: readonly string[];
  /**
   * Run by `sh -c`, in `cwd`. `{{ port }}`, `{{ data }}` and `{{ services.x.url }}` are filled in. Null only where the
   * engine is Kubernetes, which starts nothing by it.
   */
  readonly command: string | null;
  /** From the root. */
  readonly cwd: string;
  readonly setup: string | null;
  /** Its OpenAPI document, from the root. */
  readonly openapi?: string | null;
  /** Ignored inputs of the working tree that a snapshot shares by symbolic link, from the root. */
  readonly link: readonly string[];
  readonly ready: Readiness;
  readonly readySeconds: number;
  /** Between SIGTERM and SIGKILL. */
  readonly stopSeconds: number;
  readonly env: Readonly<Record<string, string>>;
  /** One process for baseline and sandboxes. */
  readonly shared: boolean;
  /** In a cluster: the Deployment and container to fork, where the Service does not tell. */
  readonly workload: string | null;
  readonly container: string | null;
  /** In a cluster: forked although it acts on shared state beside requests. */
  readonly sharedEffects: 'allow' | null;
  /** In a cluster: its hops are wanted although it is not forked. */
  readonly observe: boolean;
}

/** What runs the sandboxes of this configuration. */
export function engineOf({
  engine,
  kubernetes,
}: Pick<Config, 'engine' | 'kubernetes'>): 'local' | 'kubernetes' {
  if (engine !== 'auto') return engine;
  return kubernetes === null ? 'local' : 'kubernetes';
}

export type Readiness = { readonly kind: 'http'; readonly path: string } | { readonly kind: 'tcp' };

/** Files of ours that no fork contains as code: plans, expected changes and policy are hashed into the run instead. */
export const expectedChangesFile = 'seatrial.expected.yaml';
export const policyFile = 'seatrial.policy.yaml';
export const configFile = 'seatrial.yaml';
