import { createServer } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Target } from '../../../src/cli/cluster/check.ts';
import { clusterChecks } from '../../../src/cli/cluster/checks.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { openPlace } from './place.ts';

const cluster = await openCluster();
const place = await openPlace(cluster);
afterAll(() => place.close());
const { namespace, systemNamespace } = place;

const inCluster = [
  'cluster',
  'rights',
  'CRD',
  'roles',
  'controller',
  'rights of the installation',
  'router',
  'gateway',
  'enrolled Services',
];

/** The command in a next step: from the program's name to the end of the sentence, or to what follows it. */
function commandIn(next: string): string {
  return /(?:seatrial|kubectl) .*?(?=\.$|\. | makes )/.exec(next)?.[0] ?? next;
}

const controllerTo = (replicas: number) =>
  place.kubectl('-n', systemNamespace, 'scale', 'deployment/seatrial-controller', `--replicas=${replicas}`);

/** One check, told by an API that lies about one thing. */
function look(name: string, lie: Partial<Target>): Promise<string> {
  const check = clusterChecks.find((one) => one.name === name);
  const target = {
    kube: cluster.kube,
    namespace,
    signal: AbortSignal.timeout(30_000),
    version: '0.1.0',
    ...lie,
  };
  return check === undefined ? Promise.reject(new Error(`no check ${name}`)) : check.look(target);
}

test('a whole installation: all is well, and a canary passed each enrolled Service', async () => {
  const { code, names, failed, well } = await place.doctor();
  expect({ code, failed }).toEqual({ code: 0, failed: {} });
  expect(names).toEqual(['kubeconfig', ...inCluster]);
  expect(well['enrolled Services']).toBe('one, two: a canary passed the router of each');
  expect(well.controller).toBe(`2 of 2 ready in ${systemNamespace}`);
});

describe('the way to the cluster', () => {
  test('no kubeconfig', async () => {
    const { code, names, failed } = await place.doctor('--kubeconfig', '/nonesuch/config');
    expect({ code, names }).toEqual({ code: 4, names: ['kubeconfig'] });
    expect(failed.kubeconfig?.found).toContain('/nonesuch/config');
    expect(failed.kubeconfig?.next).toContain('--kubeconfig');
  });

  test('no such context: those that are there are named', async () => {
    const { code, failed } = await place.doctor('--context', 'nonesuch');
    expect(code).toBe(4);
    expect(failed.kubeconfig?.found).toMatch(/has no context nonesuch; it has \S+/);
    expect(failed.kubeconfig?.next).toContain('--context');
  });

  test('an API server that refuses connections: the rest is said to be unknown, not broken', async () => {
    const file = place.kubeconfig((config) => {
      for (const one of config.clusters) one.cluster.server = 'https://127.0.0.1:1';
    });
    const { code, names, failed } = await place.doctor('--kubeconfig', file);
    expect({ code, names }).toEqual({ code: 4, names: ['kubeconfig', ...inCluster] });
    expect(failed.cluster?.found).toContain('https://127.0.0.1:1');
    expect(failed.cluster?.next).toContain('kubectl');
    for (const name of inCluster.slice(1)) expect(failed[name]?.found).toMatch(/^not checked, as it needs: /);
  });

  test('an API server that takes connections and says nothing', { timeout: 90_000 }, async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const file = place.kubeconfig((config) => {
      for (const one of config.clusters) one.cluster.server = `https://127.0.0.1:${port}`;
    });
    const { code, failed } = await place.doctor('--kubeconfig', file);
    expect(code).toBe(4);
    expect(failed.cluster?.found).toContain(`127.0.0.1:${port} takes connections, and gave no answer`);
  });
});

test('without the agent Role bound: each right is named, and the command of the next step mends it', async () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'agent' } };
  await applyYaml(cluster, JSON.stringify(account), { namespace });
  const token = (await place.kubectl('-n', namespace, 'create', 'token', 'agent')).trim();
  const file = place.kubeconfig((config) => {
    for (const one of config.users) one.user = { token };
  });
  const { code, failed } = await place.doctor('--kubeconfig', file);
  expect(code).toBe(4);
  for (const verb of ['get', 'list', 'watch', 'create', 'patch', 'delete']) {
    expect(failed.rights?.found).toContain(`${verb} sandboxes.seatrial.dev in ${namespace}`);
  }
  expect(failed.rights?.found).toContain(`create pods/portforward seatrial-gateway-0 in ${namespace}`);
  expect(failed.gateway?.found).toContain('pods/portforward');
  expect(failed.rights?.next).toContain(`--serviceaccount=${namespace}:agent`);
  // Who may not see the installation cannot know that it is not in the usual namespace.
  await place.follow(commandIn(failed.rights?.next ?? '').replace('seatrial-system:', `${systemNamespace}:`));
  const after = await place.doctor('--kubeconfig', file);
  expect(after.failed).toEqual({});
  expect(after.well.controller).toMatch(/^not checked/);
  expect(after.well['enrolled Services']).toBe('one, two: a canary passed the router of each');
});

describe('the installation', () => {
  test('the Sandbox resource missing, or older than this version', async () => {
    const kubeWith = (found: object | null) => ({
      ...cluster.kube,
      get: (async () => found) as typeof cluster.kube.get,
    });
    await expect(look('CRD', { kube: kubeWith(null) })).rejects.toMatchObject({
      code: 'not-installed',
      data: { what: 'The Sandbox resource is not installed.', next: 'Run seatrial install.' },
    });
    const older = { metadata: { name: 'x', annotations: { 'seatrial.dev/crd-version': '0' } } };
    await expect(look('CRD', { kube: kubeWith(older) })).rejects.toThrow(/has version 0, and \d+ is needed/);
  });

  test('parts of another version than this program', async () => {
    await expect(look('gateway', { version: '9.9.9' })).rejects.toMatchObject({
      data: {
        what: expect.stringMatching(/^What is installed is version \S+, and this is 9\.9\.9\.$/),
        next: expect.stringContaining('seatrial install with an image of version 9.9.9'),
      },
    });
  });

  test('no controller serves the namespace', async () => {
    const { failed } = await place.doctor('--namespace', 'default');
    expect(failed.controller?.found).toMatch(/^No controller serves namespace default: |^No controller is/);
    expect(failed.router?.found).toContain('Namespace default has no router.');
    expect(failed['enrolled Services']?.found).toBe('not checked, as it needs: gateway');
  });

  test('the agent’s ClusterRole is gone: install again, as the next step says, brings it back', async () => {
    await place.kubectl('delete', 'clusterrole', `${systemNamespace}:agent`);
    const { failed } = await place.doctor();
    expect(failed.roles?.found).toContain(`ClusterRole ${systemNamespace}:agent`);
    await place.follow(commandIn(failed.roles?.next ?? ''));
    await place.well();
  });

  test('an image that no node can pull: the pod and the image are named', { timeout: 240_000 }, async () => {
    const install = ['install', '--system-namespace', systemNamespace, '--namespaces', namespace];
    await place.follow(`seatrial ${install.join(' ')} --wait 0 --image localhost:1/nonesuch:1`);
    const { failed } = await place.until((report) =>
      /ErrImagePull|ImagePullBackOff/.test(report.failed.controller?.found ?? ''),
    );
    expect(failed.controller?.found).toContain('localhost:1/nonesuch:1');
    expect(failed.controller?.next).toContain('seatrial install --image');
    await place.follow(`seatrial ${install.join(' ')} --image ${place.image}`);
    await place.well();
  });
});

describe('enrolled Services', () => {
  test('whose baseline has no pod: the canary reaches a router, and nothing behind it', async () => {
    await place.kubectl('-n', namespace, 'scale', 'deployment/two', '--replicas=0');
    // A canary to a pod that ends at this very moment is lost on the way, and does not come back.
    const what = 'Service two: the canary reached a router, and no pod behind it takes connections.';
    const { failed } = await place.until((report) => report.failed['enrolled Services']?.found === what);
    expect(Object.keys(failed)).toEqual(['enrolled Services']);
    expect(failed['enrolled Services']?.next).toContain(`kubectl -n ${namespace} get pods`);
    await place.kubectl('-n', namespace, 'scale', 'deployment/two', '--replicas=1');
    await place.well();
  });
});

/** Nothing mends what is broken meanwhile: the controller is away. */
describe('with the controller scaled to 0', { timeout: 240_000 }, () => {
  test('that is said, and how to get it back; what is enrolled goes on', async () => {
    await controllerTo(0);
    const { failed } = await place.until((report) => report.code !== 0);
    expect(Object.keys(failed)).toEqual(['controller']);
    expect(failed.controller?.found).toContain(`The controller in ${systemNamespace} is scaled to 0`);
  });

  test('a Service that leads past the routers: its canary is answered, and was not seen', async () => {
    const selector = [{ op: 'replace', path: '/spec/selector', value: { app: 'one' } }];
    const ports = [{ op: 'replace', path: '/spec/ports/0/targetPort', value: 'web' }];
    const patch = JSON.stringify([...selector, ...ports]);
    await place.kubectl('-n', namespace, 'patch', 'service', 'one', '--type=json', '-p', patch);
    const { failed } = await place.until((report) => report.failed['enrolled Services'] !== undefined);
    expect(failed['enrolled Services']?.found).toBe(
      'Service one: the canary was answered, and passed no router.',
    );
    expect(failed['enrolled Services']?.next).toBe(`Run seatrial enroll --namespace ${namespace} one.`);
  });

  test('no router: it is missing, and so is the answer of each enrolled Service', async () => {
    await place.kubectl('-n', namespace, 'delete', 'deployment/seatrial-router', '--cascade=foreground');
    const { failed } = await place.doctor();
    expect(failed.router?.found).toBe(`Namespace ${namespace} has no router.`);
    expect(failed['enrolled Services']?.found).toContain('Service two: ');
  });

  test('no gateway: it is missing, and what needs it is not checked', async () => {
    await place.kubectl('-n', namespace, 'delete', 'statefulset/seatrial-gateway', '--cascade=foreground');
    const { failed } = await place.doctor();
    expect(failed.gateway?.found).toBe(`Namespace ${namespace} has no gateway.`);
    expect(failed['enrolled Services']?.found).toBe('not checked, as it needs: gateway');
  });

  test('the command of the next step brings the controller back, and it all else', async () => {
    const { failed } = await place.doctor();
    await place.follow(commandIn(failed.controller?.next ?? ''));
    await place.well();
  });
});
