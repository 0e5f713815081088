import type { Condition, EnvVar, KubeObject } from '../kube/objects.ts';

/** The Sandbox resource, `seatrial.dev/v1alpha1` (design.md, section 6). Its CRD is in `deploy/`. */
export interface SandboxResource extends KubeObject {
  readonly spec: SandboxResourceSpec;
  readonly status?: SandboxResourceStatus;
}

export interface SandboxResourceSpec {
  readonly owner: ResourceOwner;
  readonly lease: ResourceLease;
  /** List map, key `service`. */
  readonly forks: readonly ResourceFork[];
  /** Services whose hops are wanted although they are not forked. */
  readonly observe?: readonly string[];
}

/** `repository` and `workingTree` are names that tell apart, never paths of a machine. */
export interface ResourceOwner {
  /** The user of the SelfSubjectReview; an admission policy holds it to whoever creates the object. */
  readonly principal: string;
  readonly repository: string;
  readonly workingTree: string;
}

export interface ResourceLease {
  readonly durationSeconds: number;
  /** RFC 3339. Whatever differs from before renews; by which clock it is written is of no account. */
  readonly renewTime?: string;
  /** From the creation on. */
  readonly maxSeconds: number;
}

export interface ResourceFork {
  readonly service: string;
  /** The Deployment, where the selector of the Service does not tell. */
  readonly workload?: string;
  readonly container?: string;
  /** Tagged union: exactly one member. `process` and `overlay` come with a later version. */
  readonly source: { readonly image: string };
  readonly revision?: string;
  readonly env?: readonly EnvVar[];
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly resources?: unknown;
  readonly sharedEffects?: 'allow';
  /** Changes to start the fork anew though nothing else changed. */
  readonly attempt?: number;
}

export interface SandboxResourceStatus {
  readonly observedGeneration?: number;
  readonly phase?: 'Provisioning' | 'Ready' | 'Failed' | 'Expiring' | 'Terminating';
  /** `[a-z0-9-]{20}`. */
  readonly routingKey?: string;
  /** Forked, Routed, Ready, Expiring. */
  /** The forked services in one text, for people. */
  readonly services?: string;
  readonly conditions?: readonly Condition[];
  readonly forks?: readonly ResourceForkStatus[];
  readonly expiresAt?: string;
  readonly lease?: ResourceLeaseStatus;
}

/** The lease as the controller saw it: `expiresAt` counts from `renewedAt`, whatever the clocks of clients say. */
export interface ResourceLeaseStatus {
  /** The one of the spec that was seen last. */
  readonly renewTime?: string;
  /** When it was seen first, by the controller's clock. */
  readonly renewedAt: string;
}

export interface ResourceForkStatus {
  readonly service: string;
  readonly workload?: string;
  readonly podUID?: string;
  readonly podName?: string;
  readonly restarts: number;
  readonly ready: boolean;
  /** CamelCase and stable, such as `ImagePullFailed`; the table is in `sandbox/fork-reasons.ts`. */
  readonly reason?: string;
  readonly message?: string;
  readonly next?: string;
  readonly imageDigest?: string;
  readonly revision?: string;
  readonly exit?: { readonly exitCode?: number; readonly signal?: string; readonly outOfMemory: boolean };
  readonly logTail?: readonly string[];
}
