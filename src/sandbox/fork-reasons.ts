/**
 * Why a fork does not serve: `status.forks[].reason` and the reason of the conditions of a Sandbox. Stable words;
 * refusals have their own, in `operator/fork/service-refusal.ts`. `failed`: waiting alone will not help.
 */
export const forkReasons = {
  Creating: { failed: false, means: 'The Deployment of the fork, or its pod, is being made.' },
  Scheduling: { failed: false, means: 'The pod waits for a node.' },
  Starting: { failed: false, means: 'The image is being pulled, or containers are being started.' },
  NotReady: { failed: false, means: 'The container runs, and does not answer its readiness probe yet.' },
  Restarting: { failed: false, means: 'The container ended and is being started again.' },
  Stopping: { failed: false, means: 'The pod of before is still ending.' },
  ImagePullFailed: { failed: true, means: 'The image does not exist, or may not be pulled.' },
  ConfigMissing: { failed: true, means: 'A ConfigMap, Secret or key that the pod reads does not exist.' },
  CannotStart: { failed: true, means: 'The container cannot be started: command, user or mount is wrong.' },
  InitFailed: { failed: true, means: 'An init container ended with an error.' },
  Exited: { failed: true, means: 'The container ended by itself after it served.' },
  CrashLoop: { failed: true, means: 'The container ends again and again.' },
  OOMKilled: { failed: true, means: 'The container used more memory than its limit.' },
  Unschedulable: { failed: true, means: 'No node takes the pod.' },
  QuotaExceeded: { failed: true, means: 'A ResourceQuota of the namespace leaves no room for the pod.' },
  PodRefused: { failed: true, means: 'The API server, or an admission policy, refuses the pod.' },
  Evicted: { failed: true, means: 'The node ended the pod.' },
  NeverReady: { failed: true, means: 'The container runs, and did not answer its readiness probe in time.' },
  WrongPort: {
    failed: true,
    means: 'The container runs, and nothing listens on the target port of the Service.',
  },
} as const satisfies Record<string, { readonly failed: boolean; readonly means: string }>;

export type ForkReasonWord = keyof typeof forkReasons;
