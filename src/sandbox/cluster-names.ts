/** Names of ours in a cluster: labels, annotations, objects, ports. One place, as users and policies meet them. */

export const domain = 'seatrial.dev';

export const labels = {
  /** On all that belongs to a sandbox: its name. */
  sandbox: `${domain}/sandbox`,
  /** On forks and their pods: the Service that is forked. */
  service: `${domain}/service`,
  /** `shadow`, `router`, `gateway`, `controller`, `tombstones`, `enrolment`. */
  role: `${domain}/role`,
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

export const annotations = {
  /** On an enrolled Service: what it was before, as JSON. Gone after the release. */
  original: `${domain}/original`,
  /** On a shadow Service: `[{ port, routerPort, protocol: http | tcp }]` as JSON. */
  routes: `${domain}/routes`,
  /** On a shadow Service: the Deployments that its Service leads to, names as JSON. */
  workloads: `${domain}/workloads`,
  /** On a shadow Service: answers carry `Connection: close` until the release is through. */
  releasing: `${domain}/releasing`,
  /** On a Deployment of the baseline: the commit it was built from. */
  commit: `${domain}/commit`,
  /** The same by the name that images have for it; on a Deployment or its pods. */
  imageRevision: 'org.opencontainers.image.revision',
  /** On a fork and its pods: hash of what the Sandbox says of it. */
  fork: `${domain}/fork`,
  /** On a fork: the routing key of its Sandbox, should the Sandbox be gone before its tombstone is there. */
  key: `${domain}/key`,
  /** On a fork: the Deployment that it was made from. */
  workload: `${domain}/workload`,
  /** On a fork and its pods: its container that got the source. */
  container: `${domain}/container`,
  /**
   * On a Deployment of the baseline, and the pods of its forks: the containers, with commas between, whose code answers
   * requests, where their ports do not tell or another container passes requests on to them.
   */
  serves: `${domain}/serves`,
  /** On a Deployment of the baseline: `none` where it acts on no shared state, whatever it looks like. */
  sharedEffects: `${domain}/shared-effects`,
  /**
   * On a Sandbox: `metadata.generation` after the last change of `spec.forks`. Renewals change the generation too, so
   * a status is of these forks where its `observedGeneration` is not below this.
   */
  forksGeneration: `${domain}/forks-generation`,
  /** On the CRD: its version, a whole number. */
  crdVersion: `${domain}/crd-version`,
} as const;

/** Of `deploy/crd.yaml`. What reads and writes Sandboxes needs at least this one. */
export const crdVersion = 2;

export const finalizer = `${domain}/teardown`;

/** Who writes, in managedFields. */
export const fieldManagers = {
  controller: 'seatrial-controller',
  cli: 'seatrial-cli',
  client: 'seatrial',
} as const;

export const objectNames = {
  router: 'seatrial-router',
  gateway: 'seatrial-gateway',
  tombstones: 'seatrial-tombstones',
  enrolment: 'seatrial-enrolment',
  controller: 'seatrial-controller',
  systemNamespace: 'seatrial-system',
} as const;

/** The gateway's pods, which the agent's Role names. */
export const gatewayPods = [`${objectNames.gateway}-0`, `${objectNames.gateway}-1`] as const;

export const ports = {
  /** HTTP Services, one port each; the last one is 20999. */
  routerHttpFirst: 20_000,
  /** TCP ports; the last one is 21999. */
  routerTcpFirst: 21_000,
  routerRange: 1000,
  /** Health, metrics, loaded routes, receipts of a router's agent, on the pod's address. */
  routerAgent: 9900,
  /** HTTP/2 of the gateway, on the pod's loopback only. */
  gateway: 8470,
  /** Health and metrics of gateway and controller, on the pod's address. */
  health: 9901,
} as const;
