import { describe, expect, test } from 'vitest';
import { baselineOf, baselineRevisions } from '../../src/cluster/baseline.ts';
import { ImageMemory } from '../../src/cluster/image-memory.ts';
import { Owners } from '../../src/cluster/owners.ts';
import { readSandbox, serves } from '../../src/cluster/read.ts';
import { forksPatch, nextForks, prunedFields, writeForks } from '../../src/cluster/write.ts';
import type { ClusterService } from '../../src/gateway/channel-api.ts';
import type { SandboxResource, SandboxResourceStatus } from '../../src/sandbox/resource.ts';
import type { ForkSpec } from '../../src/sandbox/sandbox.ts';

const owner = { principal: 'os:ann', repository: '/home/ann/shop/.git', workingTree: '/home/ann/shop' };
const baseline = { commit: 'c0ffee'.padEnd(40, '0'), from: 'main', assumed: true };
const created = '2026-01-01T00:00:00Z';
const now = Date.parse('2026-01-01T00:00:10Z');

function resource(status?: SandboxResourceStatus, metadata: object = {}): SandboxResource {
  return {
    apiVersion: 'seatrial.dev/v1alpha1',
    kind: 'Sandbox',
    metadata: {
      name: 'one',
      generation: 1,
      annotations: { 'seatrial.dev/forks-generation': '1' },
      creationTimestamp: created,
      ...metadata,
    },
    spec: {
      owner: { principal: 'ann', repository: 'shop-1', workingTree: 'shop-2' },
      lease: { durationSeconds: 600, renewTime: created, maxSeconds: 86_400 },
      forks: [{ service: 'back', source: { image: 'back:2' } }],
    },
    ...(status === undefined ? {} : { status }),
  };
}
const ready: SandboxResourceStatus = {
  observedGeneration: 1,
  phase: 'Ready',
  routingKey: 'k'.repeat(20),
  conditions: [{ type: 'Ready', status: 'True' }],
  forks: [{ service: 'back', podUID: 'u', restarts: 0, ready: true }],
};
const read = (of: SandboxResource, at = now, gone = false, images = new ImageMemory()) =>
  readSandbox(of, {
    owner,
    baseline,
    now: at,
    gone,
    timings: {},
    otherRevisions: (_, digest, revision) => [images.earlier(digest, revision)].filter((one) => one !== null),
  });

describe('a Sandbox in our words', () => {
  test('is provisioning until a status of its own forks says Ready', () => {
    expect(read(resource()).state).toBe('provisioning');
    expect(read(resource(ready)).state).toBe('ready');
    const changed = { generation: 3, annotations: { 'seatrial.dev/forks-generation': '3' } };
    expect(read(resource(ready, changed))).toMatchObject({ state: 'provisioning', generation: 3 });
    expect(read(resource(ready, changed)).forks[0]).toMatchObject({ ready: false, instance: '' });
    expect(read(resource({ ...ready, conditions: [{ type: 'Ready', status: 'False' }] })).state).toBe(
      'provisioning',
    );
  });

  test('says that an image was given as another revision before: a node may have kept what a tag was', () => {
    const images = new ImageMemory();
    const of = (revision: string, imageDigest: string, serves = true) => {
      const status = {
        ...ready,
        forks: [{ service: 'back', podUID: 'u', restarts: 0, ready: serves, imageDigest }],
      };
      const made = resource(status);
      const forks = made.spec.forks.map((fork) => ({ ...fork, revision }));
      return read({ ...made, spec: { ...made.spec, forks } }, now, false, images).forks[0]?.revision;
    };
    // What does not serve yet may be the pod of before.
    expect(of('r2', 'sha256:1', false)).not.toHaveProperty('earlier');
    expect(of('r1', 'sha256:1')).not.toHaveProperty('earlier');
    expect(of('r2', 'sha256:2')).not.toHaveProperty('earlier');
    expect(of('r3', 'sha256:1')).toMatchObject({ digest: 'sha256:1', revision: 'r3', earlier: ['r1'] });
    expect(of('r1', 'sha256:1')).not.toHaveProperty('earlier');
  });

  test('stays ready through renewals, which change the generation and no fork', () => {
    expect(read(resource(ready, { generation: 7 }))).toMatchObject({ state: 'ready', generation: 1 });
  });

  test('made by kubectl: every change of its spec counts', () => {
    expect(read(resource(ready, { generation: 2, annotations: {} })).state).toBe('provisioning');
  });

  test('expires by the clock, and serves until its end has begun', () => {
    const late = read(resource(ready), Date.parse('2026-01-01T00:09:30Z'));
    expect(late).toMatchObject({ state: 'expiring', reason: null });
    expect(serves(late)).toBe(true);
    const ending = read(resource(ready, { deletionTimestamp: '2026-01-01T00:01:00Z' }));
    expect(ending).toMatchObject({ state: 'expiring', reason: { code: 'torn-down' } });
    expect(serves(ending)).toBe(false);
    expect(read(resource(ready, { deletionTimestamp: '2026-01-01T00:10:00Z' }), now, true)).toMatchObject({
      state: 'gone',
      reason: { code: 'expired' },
    });
  });

  test('renewed by a clock that is an hour slow, expires by that clock: who keeps it does not come too late', () => {
    const made = resource(ready);
    const lease = { ...made.spec.lease, renewTime: '2025-12-31T23:00:00.000Z' };
    const slow = Date.parse('2025-12-31T23:00:05Z');
    const found = read({ ...made, spec: { ...made.spec, lease } }, slow);
    expect(found).toMatchObject({ state: 'ready', expiresAt: '2025-12-31T23:10:00.000Z' });
    // Why it went is told by the cluster's clock.
    const status = { ...ready, expiresAt: '2026-01-01T00:10:00Z' };
    const ended = (deletionTimestamp: string) =>
      read({ ...resource(status, { deletionTimestamp }), spec: { ...made.spec, lease } }, slow, true).reason
        ?.code;
    expect(ended('2026-01-01T00:05:00Z')).toBe('torn-down');
    expect(ended('2026-01-01T00:10:00Z')).toBe('expired');
  });

  test('failed: the fork that waits for nothing any more says why, with the code that both engines have', () => {
    const failed = (reason: string, more: object = {}): SandboxResourceStatus => ({
      ...ready,
      phase: 'Failed',
      conditions: [{ type: 'Ready', status: 'False', reason }],
      forks: [{ service: 'back', podUID: 'u', restarts: 1, ready: false, reason, message: 'm', ...more }],
    });
    const exit = { exitCode: 3, outOfMemory: false };
    expect(read(resource(failed('CrashLoop', { exit })))).toMatchObject({
      state: 'failed',
      reason: { code: 'service-exited' },
      forks: [{ reason: 'exited', exit: { exitCode: 3, signal: null } }],
    });
    expect(read(resource(failed('NeverReady'))).reason?.code).toBe('service-not-ready');
    expect(read(resource(failed('ImagePullFailed')))).toMatchObject({
      reason: { code: 'image-pull-failed' },
      forks: [{ reason: 'unknown' }],
    });
  });
});

describe('an owner in a cluster', () => {
  test('is the user of the kubeconfig and names without paths, equal only for the same machine, user and folder', () => {
    const owners = new Owners('ann@example.com', 'laptop');
    const written = owners.write(owner);
    expect(written.principal).toBe('ann@example.com');
    expect(written.repository).toMatch(/^shop-[0-9a-f]{12}$/);
    expect(JSON.stringify(written)).not.toContain('/');
    expect(owners.read(written)).toBe(owner);
    const others = [
      new Owners('ann@example.com', 'container').write(owner),
      owners.write({ ...owner, principal: 'os:bob' }),
      owners.write({ ...owner, workingTree: '/home/ann/shop2' }),
    ];
    for (const other of others) expect(other.workingTree).not.toBe(written.workingTree);
  });
});

describe('what is written', () => {
  const settings = {
    name: 'back',
    paths: [],
    command: null,
    cwd: '.',
    setup: null,
    link: [],
    ready: { kind: 'tcp' as const },
    readySeconds: 1,
    stopSeconds: 1,
    env: {},
    shared: false,
    workload: 'back-v2',
    container: null,
    sharedEffects: 'allow' as const,
    observe: false,
  };
  const fork = (image: string, env: ForkSpec['env'] = {}): ForkSpec => ({
    service: 'back',
    revision: { kind: 'image', image, digest: null, revision: null },
    env,
  });

  test('takes workload and shared effects from seatrial.yaml, and variables in one order', () => {
    expect(writeForks([fork('i', { B: '2', A: '1' })], { back: settings })).toEqual([
      {
        service: 'back',
        workload: 'back-v2',
        source: { image: 'i' },
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        sharedEffects: 'allow',
      },
    ]);
  });

  test('a source tree is refused with what to do', () => {
    const tree: ForkSpec = {
      service: 'back',
      revision: { kind: 'tree', tree: 'a', ref: null },
      env: {},
    };
    expect(() => writeForks([tree], { back: settings })).toThrow(
      expect.objectContaining({ code: 'needs-image' }),
    );
  });

  test('equal forks that do well stay as they are; failed ones are begun anew', () => {
    const [now2] = writeForks([fork('i')], { back: settings });
    if (now2 === undefined) throw new Error('none');
    const there = [{ ...now2, attempt: 2 }];
    expect(nextForks(there, [now2], new Set())).toBeNull();
    expect(nextForks(there, [now2], new Set(['back']))).toEqual([{ ...now2, attempt: 3 }]);
    const other = { ...now2, source: { image: 'j' } };
    expect(nextForks(there, [other], new Set())).toEqual([{ ...other, attempt: 3 }]);
  });

  test('a change of forks holds only against the spec that it was made from, and notes the generation that it makes', () => {
    const patch = forksPatch(resource(ready, { generation: 4, uid: 'u' }), [], []);
    expect(patch).toContainEqual({ op: 'test', path: '/metadata/generation', value: 4 });
    expect(patch).toContainEqual({
      op: 'add',
      path: '/metadata/annotations/seatrial.dev~1forks-generation',
      value: '5',
    });
  });

  test('fields that an older schema drops are seen', () => {
    expect(prunedFields({ a: [{ b: 1, c: 2 }], d: 1 }, { a: [{ b: 1 }], d: 1, e: 2 })).toEqual(['a[0].c']);
  });
});

describe('the commit of the baseline', () => {
  const service = (name: string, commit: string | null): ClusterService => ({
    name,
    port: 80,
    forkable: true,
    refusal: null,
    enrolled: true,
    workload: name,
    commit,
    image: null,
    digests: [],
  });
  test('is that of a fork too that runs the very image of its service', () => {
    const told = { ...service('a', 'c0ffee0'), digests: ['sha256:1', 'sha256:2'] };
    const silent = { ...service('b', null), digests: ['sha256:3'] };
    const of = (name: string, digest: string) => baselineRevisions(name, digest, [told, silent], baseline);
    expect(of('a', 'sha256:2')).toEqual(['c0ffee0', baseline.commit]);
    expect(of('b', 'sha256:3')).toEqual([baseline.commit]);
    expect([of('b', 'sha256:2'), of('a', 'sha256:4'), of('c', 'sha256:1')]).toEqual([[], [], []]);
  });

  test('is known only where every Deployment says the merge base', () => {
    expect(baselineOf(baseline, [service('a', baseline.commit), service('b', 'c0ffee0')]).assumed).toBe(
      false,
    );
    expect(baselineOf(baseline, [])).toEqual(baseline);
    expect(baselineOf(baseline, [service('a', baseline.commit), service('b', null)]).assumed).toBe(true);
    expect(baselineOf(baseline, [service('a', 'deadbeef00000')])).toMatchObject({
      assumed: true,
      from: 'main; a runs deadbeef0000',
    });
  });
});
