import type { Item } from './faults/items.ts';

/** What design.md's section 6 says, in its order, and the tests that show it. Faults are in `faults/items.ts`. */
const says = (item: string, shownBy: Item['shownBy']): Item => ({ item, shownBy });
const life = 'cluster-suite/controller/life.test.ts';
const failures = 'cluster-suite/controller/failures.long.test.ts';
const enrolment = 'cluster-suite/enrolment/life.test.ts';
const real = 'cluster-suite/enrolment/real.long.test.ts';
const contract = 'sandbox/engine-contract.ts';
const routers = 'cluster-suite/router/router.test.ts';
const channel = 'cluster-suite/kube/channel.test.ts';
const helm = 'cluster-suite/helm/drift.long.test.ts';
const chart = 'cluster-suite/helm/chart.long.test.ts';
const refusals = 'operator/fork/refusals.test.ts';
const sandbox = (file: string) => `cluster-suite/sandbox/${file}.ts`;

export const sentences: readonly Item[] = [
  says('sandboxes expire and are cleaned up when the agent is gone', {
    'cluster-suite/faults/agents.ts': ['that is killed with -9, its host with it: the lease cleans up'],
    [life]: ['is torn down when its lease is over, and its key says expired'],
  }),
  says('several forks in one sandbox, one service in many sandboxes', {
    [contract]: ['forks several services at once', 'keeps several sandboxes apart'],
    [sandbox('mixed')]: [
      'of two forks one fails: the sandbox fails and names it, the other is kept, and an update mends it',
    ],
  }),
  says('observe: Services whose hops are wanted although they are not forked', {
    [sandbox('observed')]: [
      'is enrolled and counted where it is observed, and calls to it that multiply are a finding',
    ],
  }),
  says('a fork is a Deployment made from the pod template: containers, volumes, downward API, scheduling', {
    [life]: [
      'forks a rich Deployment, serves, and leaves a tombstone and nothing else: at most 12 writes, 5 objects',
    ],
    'operator/fork/fork.test.ts': [
      'is one pod, replaced as a whole, owned by its Sandbox, and carries the key',
    ],
  }),
  says('no Service, ReplicaSet, HPA or PDB of the baseline selects it', {
    [sandbox('not-counted')]: [
      'PodDisruptionBudget, HorizontalPodAutoscaler, Services and ReplicaSet see the baseline’s pod alone',
    ],
    'operator/fork/fork.test.ts': [
      'keeps no label that a selector of the baseline may ask for, and those that injectors ask for',
      'is not kept off the nodes of its baseline, and keeps away from others as its baseline does',
    ],
  }),
  says('policies follow it', {
    [life]: ['has the policies of its baseline while they come, change and go'],
    'operator/fork/policies.test.ts': [
      'a policy that selects the baseline is cloned for the fork',
      'a policy that names the baseline as a peer gets a twin that adds the fork, for those rules and ports alone',
    ],
  }),
  says('refused with a sentence that says what to do', {
    [refusals]: ['the Deployment behind the Service, and the container that owns its target port'],
    'cluster-suite/faults/bad-input.ts': ['two Deployments are behind its Service'],
  }),
  says('sharedEffects: allow', {
    [sandbox('shared-effects')]: [
      'is refused with what it does and what to set, and forked once that is set',
    ],
    [refusals]: ['but not for effects that are allowed, or said not to be there'],
  }),
  says('the baseline’s commit, and assumed where it is not told', {
    [sandbox('baseline-commit')]: [
      'the baseline’s commit is what its Deployment says, and assumed in the verdict where that is another or none',
    ],
  }),
  says('enrolment, once and reversible: shadow, one conditional patch, the original kept', {
    [enrolment]: ['applies changed values without a conflict once its Service was given back'],
    'cluster-suite/enrolment/give-back.test.ts': ['server-side apply'],
    'cluster-suite/enrolment/killed.long.test.ts': [
      'a controller that is killed between two writes of enrolling or releasing leaves nothing half done to the next',
    ],
  }),
  says('every Service that selects the workload is enrolled', {
    [enrolment]: [
      'are enrolled together, each port with a router port of its own; a headless one is left out',
    ],
    [real]: ['named and numeric ports, a TCP port, and a NodePort of a second Service lead over the router'],
  }),
  says('released when long unused', {
    'operator/enrolment/wanted.test.ts': [
      'forgets what only sandboxes asked for, a day after the last one; never what a user asked for',
    ],
  }),
  says('released when no router is healthy; live sandboxes become Routed=False', {
    [real]: [
      'without a ready router the Service leads to the baseline again, and back once there is one, without a loop',
    ],
    'cluster-suite/faults/routers-down.ts': [
      'sandboxes are told before Services lead to the baseline, no run passes, and all comes back',
    ],
  }),
  says('Services that are refused', { [enrolment]: ['Headless', 'ExternalName', 'UdpOnly', 'TlsPort'] }),
  says('policies that would part callers and baseline', {
    [enrolment]: [
      'a policy that comes between callers and router gives the Service back at once, and tells; without it it is enrolled again',
    ],
    'operator/enrolment/network-refusal.test.ts': [
      'a policy of all pods, which closes the router too, though the workload has a rule for it',
    ],
  }),
  says('another manager restores the Service: three times, then its name and setting', {
    [sandbox('restored')]: [
      'restored a fourth time the Service is left alone: Sandbox and doctor name who did it and what to set, and enroll leads out',
    ],
    [enrolment]: [
      'is followed three times, then left alone, named, and told its setting',
      'restores its Service: its labels are taken out of ours, and it leads to its own pods',
    ],
    [helm]: [
      'meets a conflict that names us; forced, it goes through and the Service is enrolled again as it is now',
      'goes through; what it merged into our selector is taken apart again',
    ],
  }),
  says('old connections: --restart, and Connection: close on release', {
    [real]: [
      '--restart ends connections from before: what was sent past the router goes over it',
      'a connection that was idle while its Service was released still gets its answer',
    ],
  }),
  says('router: static configuration, map entries, drain', {
    [routers]: [
      'over two routers: keyed requests reach the fork, others the baseline, and all hops are counted',
      'a router deleted under load: no request is lost, and none is routed wrongly',
    ],
  }),
  says('gateway: services, receipts, logs of forks; one WebSocket with back-pressure', {
    [channel]: [
      'says of each Service whether it can be forked, and why not',
      'adds up what all routers counted',
      'gives the log of a fork of the named sandbox, and of no other pod',
      'stops who writes, where nobody reads',
    ],
  }),
  says('Ready, and Gone', {
    [contract]: [
      'while a fork starts anew its requests are refused, never answered by the baseline',
      'teardown leaves nothing, says what it removed, and is idempotent',
    ],
    'operator/router/probe.test.ts': ['over gRPC, SERVING alone serves, by the name of the service'],
  }),
  says('early failure', {
    [failures]: ['ImagePullFailed', 'CrashLoop', 'OOMKilled', 'Unschedulable'],
    [sandbox('held-up')]: [
      'by a scheduling gate: the sandbox goes on provisioning, names the gate, and is ready once it is off',
      'by an admission policy that denies it: the sandbox fails with its words, and serves once it is off',
      'by a finalizer as it ends: its key is refused, the teardown names it, and ends once it is off',
    ],
  }),
  says('another host goes on with a sandbox', {
    [sandbox('adopted')]: [
      'a host that is killed with -9: the next call starts another one, which goes on with the sandbox',
    ],
  }),
  says('a run renews its lease', {
    [contract]: ['renew begins the lease anew'],
    [sandbox('lease')]: [
      'a run that lasts longer than the lease keeps the sandbox alive, which ends when nobody uses it any more',
    ],
  }),
  says('install, uninstall and a chart', {
    [sandbox('without-controller')]: [
      'uninstall --force where no controller runs: all of ours is gone, and the Service is as before',
    ],
    [chart]: [
      'renders the very objects that seatrial install applies: %s',
      'a release is healthy, is upgraded while a sandbox lives, and leaves nothing once uninstalled',
    ],
  }),
  says('restricted Pod Security; two replicas and a Lease', {
    'cluster-suite/controller/killed.test.ts': [
      'is followed by the other replica, and two never lead at once',
    ],
    [chart]: ['a release is healthy, is upgraded while a sandbox lives, and leaves nothing once uninstalled'],
  }),
];
