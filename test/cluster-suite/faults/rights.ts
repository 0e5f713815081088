import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missingAccountRights } from '../../../src/cli/cluster/account-rights.ts';
import { missingRights } from '../../../src/cli/cluster/rights.ts';
import { toErrorData } from '../../../src/errors.ts';
import { openKube } from '../../../src/kube/client.ts';
import type { KubeClient } from '../../../src/kube/connect.ts';
import type { Deployment, KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import { allRights, nameOfRight, resourceName, rightsBy } from './right-cases.ts';
import type { Stage } from './stage.ts';
import { inTurn, namedIn, textOf, without } from './taking.ts';

const signal = () => AbortSignal.timeout(30_000);

interface Wanted {
  readonly service?: string;
  readonly leaseSeconds?: number;
  readonly mode?: string;
}

/** A Sandbox as kubectl makes one. */
async function make(own: Stage, name: string, { service = 'pricing', ...more }: Wanted = {}): Promise<void> {
  const principal = await own.kube.whoAmI(signal());
  const env = more.mode === undefined ? {} : { env: [{ name: 'MODE', value: more.mode }] };
  const sandbox: KubeObject & Pick<SandboxResource, 'spec'> = {
    apiVersion: 'seatrial.dev/v1alpha1',
    kind: 'Sandbox',
    metadata: { name, namespace: own.namespace },
    spec: {
      owner: { principal, repository: 'test', workingTree: 'test' },
      lease: { durationSeconds: more.leaseSeconds ?? 600, maxSeconds: 86_400 },
      forks: [{ service, source: { image: own.image }, ...env }],
    },
  };
  await own.kube.create(resources.sandboxes, sandbox, signal());
}

async function find(own: Stage, name: string): Promise<SandboxResource | null> {
  return own.kube.get<SandboxResource>(
    { resource: resources.sandboxes, namespace: own.namespace, name },
    signal(),
  );
}

const phaseOf = async (own: Stage, name: string) => (await find(own, name))?.status?.phase ?? null;

async function isReady(own: Stage, name: string): Promise<void> {
  await expect.poll(() => phaseOf(own, name), { timeout: 60_000, interval: 300 }).toBe('Ready');
}

async function remove(own: Stage, name: string): Promise<void> {
  await own.cluster.kubectl(['-n', own.namespace, 'delete', 'sbx', name, '--timeout=60s']);
  expect(await own.objectsOf(name)).toEqual([]);
}

async function newService(own: Stage, name: string): Promise<void> {
  const ports = [{ name: 'http', port: 80, targetPort: 'web' }];
  const spec = { selector: { app: 'pricing' }, ports };
  await applyYaml(
    own.cluster,
    JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }),
    { namespace: own.namespace },
  );
}

export function doctorNames(stage: () => Stage): void {
  test('doctor names every right that is taken away, and says that all is there once it is back', async () => {
    const own = stage();
    const { kube, namespace } = own;
    await asAgent(own, async (agent) => {
      const controllers = await kube.list<Deployment>(
        resources.deployments,
        { namespace: own.systemNamespace },
        signal(),
      );
      const missing = async () => [
        ...(await missingAccountRights(kube, controllers.items, namespace, signal())),
        ...(await missingRights(agent, namespace, signal())),
      ];
      expect(await missing()).toEqual([]);
      await without(own, [], async (taking) => {
        for (const right of allRights) {
          const text = `${right.verb} ${resourceName(right)}`;
          await taking.next(right);
          const named = async () => (await missing()).filter((one) => one.includes(text)).length > 0;
          await expect.poll(named, { timeout: 10_000, message: nameOfRight(right) }).toBe(true);
        }
      });
      await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
      await without(own, rightsBy('log'), async () => {
        const said = await own.seatrial(['doctor', '--namespace', namespace]);
        expect(said.code).toBe(4);
        expect(said.stdout).toMatch(
          /FAIL rights of the installation: .*seatrial-controller may not get pods\/log in/,
        );
        expect(said.stdout).toMatch(/Next: Run seatrial install again/);
      });
      const well = await own.seatrial(['doctor', '--namespace', namespace]);
      expect(well.stdout).toMatch(/ok {3}rights of the installation/);
    });
  }, 400_000);
}

/** As a user with the agent's Role and nothing else. */
async function asAgent(own: Stage, work: (kube: KubeClient) => Promise<void>): Promise<void> {
  const { cluster, namespace, systemNamespace } = own;
  const account = ['-n', namespace, 'create', 'serviceaccount', 'dev'];
  if ((await cluster.tryKubectl(['-n', namespace, 'get', 'serviceaccount', 'dev'])).code !== 0) {
    await cluster.kubectl(account);
    const role = [`--clusterrole=${systemNamespace}:agent`, `--serviceaccount=${namespace}:dev`];
    await cluster.kubectl(['-n', namespace, 'create', 'rolebinding', 'dev', ...role]);
  }
  const token = (await cluster.kubectl(['-n', namespace, 'create', 'token', 'dev'])).trim();
  const config = JSON.parse(
    await cluster.kubectl(['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json']),
  ) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token };
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-dev-'));
  try {
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const kube = openKube({ kubeconfig: { file }, userAgent: 'dev/1' });
    await work(kube);
    kube.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function rightsOfController(stage: () => Stage): void {
  describe('a right of the controller that is missing', () => {
    test('to enrol and to fork: the Sandbox names one after the other, and is ready once all are back', async () => {
      const own = stage();
      const { cluster, namespace } = own;
      await newService(own, 'lacking');
      const rights = rightsBy('provision');
      const named = await without(own, rights, async (taking) => {
        // What is prepared once is not looked at again: this has it applied anew.
        const deployment = 'deployment/seatrial-router';
        await cluster.kubectl(['-n', namespace, 'annotate', deployment, 'seatrial.dev/applied-']);
        await make(own, 'lacking', { service: 'lacking' });
        return inTurn(taking, async () => textOf(await find(own, 'lacking')));
      });
      expect(named.map(nameOfRight).toSorted()).toEqual(rights.map(nameOfRight).toSorted());
      await isReady(own, 'lacking');
      await remove(own, 'lacking');
      await own.intact();
    }, 300_000);

    test('to see the cluster when it starts: Sandboxes name one after the other, and serve again', async () => {
      const own = stage();
      const { routingKey } = await own.ready('watched');
      const rights = rightsBy('start');
      const named = await without(own, rights, async (taking) => {
        await own.cluster.kubectl(['-n', own.systemNamespace, 'delete', 'pods', '--all']);
        return inTurn(taking, async () => textOf(await find(own, 'watched')));
      });
      expect(named.map(nameOfRight).toSorted()).toEqual(rights.map(nameOfRight).toSorted());
      await isReady(own, 'watched');
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '200 watched': 3 });
      await own.clean('watched');
      await own.intact();
    }, 300_000);

    test('to tear down: the Sandbox names one after the other, stays, and goes once they are back', async () => {
      const own = stage();
      const { routingKey } = await own.ready('staying');
      const rights = rightsBy('teardown');
      const named = await without(own, rights, async (taking) => {
        await own.cluster.kubectl(['-n', own.namespace, 'delete', 'sbx', 'staying', '--wait=false']);
        return inTurn(taking, async () => textOf(await find(own, 'staying')));
      });
      expect(named.map(nameOfRight).toSorted()).toEqual(rights.map(nameOfRight).toSorted());
      await expect.poll(() => find(own, 'staying'), { timeout: 60_000 }).toBeNull();
      expect(await own.objectsOf('staying')).toEqual([]);
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '503 torn-down': 3 });
    });

    test('to end it when its lease is over: it says so, and ends once it is back', async () => {
      const own = stage();
      await make(own, 'overdue', { leaseSeconds: 10 });
      await without(own, rightsBy('expire'), (taking) =>
        inTurn(taking, async () => textOf(await find(own, 'overdue'))),
      );
      await expect.poll(() => find(own, 'overdue'), { timeout: 60_000 }).toBeNull();
    });

    test('to write its status: an Event says so, and it is ready once it is back', async () => {
      const own = stage();
      await without(own, rightsBy('status'), async (taking) => {
        await make(own, 'silent');
        const events = ['get', 'events.events.k8s.io', '-o', 'json'];
        return inTurn(taking, () => own.cluster.kubectl(['-n', own.namespace, ...events]));
      });
      await isReady(own, 'silent');
      await remove(own, 'silent');
    });

    test('to read logs: it stands in place of the last lines', async () => {
      const own = stage();
      await without(own, rightsBy('log'), async (taking) => {
        await make(own, 'mute', { mode: 'crash' });
        return inTurn(taking, async () => textOf(await find(own, 'mute')));
      });
      const lines = async () => JSON.stringify((await find(own, 'mute'))?.status?.forks?.[0]?.logTail ?? []);
      await expect.poll(lines, { timeout: 60_000, interval: 500 }).toMatch(/price list/);
      await remove(own, 'mute');
    });
  });
}

export function rightsOfOthers(stage: () => Stage): void {
  describe('a right that is missing', () => {
    test('of routers that start: the Sandbox names one after the other, and serves once all are back', async () => {
      const own = stage();
      const { routingKey } = await own.ready('unrouted');
      const rights = rightsBy('router');
      const named = await without(own, rights, async (taking) => {
        const pods = ['delete', 'pod', '-l', 'seatrial.dev/role=router', '--force', '--grace-period=0'];
        await own.cluster.kubectl(['-n', own.namespace, ...pods]);
        return inTurn(taking, async () => textOf(await find(own, 'unrouted')));
      });
      expect(named.map(nameOfRight).toSorted()).toEqual(rights.map(nameOfRight).toSorted());
      await rolledOut(own.cluster, own.namespace, ['deployment/seatrial-router']);
      await isReady(own, 'unrouted');
      await expect.poll(() => own.isGivenBack(), { timeout: 60_000 }).toBe(false);
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '200 unrouted': 3 });
      await own.clean('unrouted');
      await own.intact();
    }, 300_000);

    test('of gateways that start: calls through them name one after the other, and go on', async () => {
      const own = stage();
      const engine = await own.engineOn(own.kube);
      const rights = rightsBy('gateway');
      const services = async () => {
        try {
          return JSON.stringify(await engine.services(signal()));
        } catch (error) {
          return JSON.stringify(toErrorData(error));
        }
      };
      const named = await without(own, rights, async (taking) => {
        const pods = ['delete', 'pod', '-l', 'seatrial.dev/role=gateway', '--force', '--grace-period=0'];
        await own.cluster.kubectl(['-n', own.namespace, ...pods]);
        return inTurn(taking, services, 60);
      });
      expect(named.map(nameOfRight).toSorted()).toEqual(rights.map(nameOfRight).toSorted());
      await expect.poll(services, { timeout: 30_000 }).toMatch(/"forkable":true/);
      await engine.close();
    }, 300_000);

    test('of the agent: the call that needs it names it, with what to do', async () => {
      const own = stage();
      await asAgent(own, async (agent) => {
        const said = async (call: () => Promise<unknown>): Promise<string> => {
          try {
            await call();
            return 'no error';
          } catch (error) {
            return JSON.stringify(toErrorData(error));
          }
        };
        const engine = await own.engineOn(agent);
        const open = async () => (await own.engineOn(agent)).close();
        const calls: Readonly<Record<string, () => Promise<unknown>>> = {
          'agent: list sandboxes.seatrial.dev': open,
          'agent: get sandboxes.seatrial.dev': () => engine.renew('nobody', null, signal()),
          'agent: create sandboxes.seatrial.dev': () => own.begin('theirs', {}, engine),
          'agent: patch sandboxes.seatrial.dev': () => engine.renew('theirs', 900, signal()),
          'agent: delete sandboxes.seatrial.dev': () => engine.teardown('theirs', signal()),
          'agent: get pods/portforward': () => fresh(own, agent),
          'agent: create pods/portforward': () => fresh(own, agent),
        };
        for (const right of rightsBy('call').filter(({ role }) => role === 'agent')) {
          const name = nameOfRight(right);
          const call = calls[name];
          expect(call, name).toBeDefined();
          if (call === undefined) continue;
          if (right.verb === 'patch' || right.verb === 'delete') await own.ready('theirs', {}, engine);
          await without(own, [right], async () => {
            const text = await said(call);
            expect(text, name).toMatch(/missing-right|gateway-unreachable/);
            expect(text, name).toMatch(new RegExp(right.verb));
            expect(text, name).toContain(right.resource);
            expect(text, name).toContain(own.namespace);
            expect(text, name).toMatch(/administrator|may bind/);
          });
        }
        expect((await engine.teardown('theirs', signal())).left).toEqual([]);
        await engine.close();
      });
    }, 300_000);

    test('of the gateway to logs: the call for them names it', async () => {
      const own = stage();
      await own.ready('unread');
      const [right] = rightsBy('call').filter(({ role }) => role === 'gateway');
      expect(right).toMatchObject({ resource: 'pods/log' });
      await without(own, right === undefined ? [] : [right], async ({ taken }) => {
        const refused = await own.engine.logs('unread', 'pricing', 5, signal()).catch(toErrorData);
        expect(namedIn(JSON.stringify(refused), taken)).toEqual(taken);
      });
      const lines = () => own.engine.logs('unread', 'pricing', 5, signal());
      await expect.poll(lines, { timeout: 10_000 }).toContainEqual(expect.stringMatching(/starting as ok/));
      await own.clean('unread');
    });
  });
}

/** A channel of its own, which has to reach the gateway anew. */
async function fresh(own: Stage, kube: KubeClient): Promise<void> {
  const engine = await own.engineOn(kube);
  try {
    await engine.services(signal());
  } finally {
    await engine.close();
  }
}
