import type { Config } from '../config/config.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Log } from '../log.ts';
import type { Baseline, Owner } from '../sandbox/sandbox.ts';
import type { Channel } from './channel.ts';

export interface ClusterEngineOptions {
  readonly kube: KubeApi;
  /** Closed with the engine. */
  readonly channel: Channel;
  /** Of the kubeconfig, for messages. */
  readonly context: string;
  readonly namespace: string;
  /** The merge base; what the cluster's Deployments say is laid over it. */
  readonly baseline: Baseline;
  /** Of the owner's working tree as it is now. Asked at each provision and update. */
  readonly config: (owner: Owner) => Pick<Config, 'services' | 'maxSandboxes'>;
  /** The services that calls without an owner know. */
  readonly services: () => Config['services'];
  /** The host name of this machine: tells equal paths of two machines apart. */
  readonly machine: string;
  readonly log: Log;
  readonly waits?: Partial<Waits>;
}

export interface Waits {
  /** For the controller to mint the key. */
  readonly keyMs: number;
  /** For the API to have the Sandbox no more. */
  readonly teardownMs: number;
}

export const defaultWaits: Waits = { keyMs: 15_000, teardownMs: 90_000 };
