import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KubeError } from '../../src/kube/api.ts';
import { openKube } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { fakeApi, kubeconfig, never, pod, scratchFolder } from './support.ts';

const one = { resource: resources.pods, namespace: 'shop', name: 'a' };

async function errorOf(work: () => unknown): Promise<KubeError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

test('asks as the API wants to be asked, and counts it', async () => {
  const bodies: string[] = [];
  const { kube, requests, seen } = await fakeApi(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    bodies.push(`${request.headers['content-type'] ?? ''} ${body}`);
    response.end(JSON.stringify(pod('a', 1)));
  });
  const deployment = { resource: resources.deployments, namespace: 'shop', name: 'x' };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } };
  await kube.get(one, never);
  await kube.create(resources.pods, object, never);
  await kube.patch(deployment, { kind: 'json', operations: [{ op: 'remove', path: '/a' }] }, never);
  await kube.patch(one, { kind: 'merge', body: { a: 1 }, subresource: 'status' }, never);
  await kube.patch(one, { kind: 'apply', body: { a: 1 }, fieldManager: 'm', force: true }, never);
  await kube.delete(one, { propagation: 'Background', uid: 'u', gracePeriodSeconds: 0 }, never);
  expect(requests).toEqual([
    'GET /api/v1/namespaces/shop/pods/a',
    'POST /api/v1/namespaces/shop/pods',
    'PATCH /apis/apps/v1/namespaces/shop/deployments/x',
    'PATCH /api/v1/namespaces/shop/pods/a/status',
    'PATCH /api/v1/namespaces/shop/pods/a?fieldManager=m&force=true',
    'DELETE /api/v1/namespaces/shop/pods/a',
  ]);
  expect(bodies.slice(2)).toEqual([
    'application/json-patch+json [{"op":"remove","path":"/a"}]',
    'application/merge-patch+json {"a":1}',
    'application/apply-patch+yaml {"a":1}',
    'application/json {"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{"uid":"u"},"gracePeriodSeconds":0}',
  ]);
  expect(seen.map(({ verb, resource, subresource }) => [verb, resource, subresource])).toEqual([
    ['get', 'pods', null],
    ['create', 'pods', null],
    ['patch', 'deployments.apps', null],
    ['patch', 'pods', 'status'],
    ['patch', 'pods', null],
    ['delete', 'pods', null],
  ]);
});

test('what is not there is null, and was not deleted', async () => {
  const { kube } = await fakeApi((_, response) => {
    response.statusCode = 404;
    response.end('{"reason":"NotFound"}');
  });
  expect(await kube.get(one, never)).toBe(null);
  expect(await kube.delete(one, {}, never)).toBe(false);
});

test('an error has the reason and message of the API, and nothing else of the answer', async () => {
  const said = {
    reason: 'Conflict',
    message: 'the object has been modified',
    details: { secret: 'body-text' },
  };
  const { kube } = await fakeApi((_, response) => {
    response.setHeader('x-internal', 'header-text');
    response.statusCode = 409;
    response.end(JSON.stringify(said));
  });
  const error = await errorOf(() => kube.patch(one, { kind: 'merge', body: {} }, never));
  expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
  expect(error.message).toBe('patch pods shop/a: the object has been modified');
});

test.for(['<html>proxy says no: secret-token</html>', '', '[]', 'null'])(
  'an error whose body is %j still has a reason',
  async (body) => {
    const { kube } = await fakeApi((_, response) => {
      response.statusCode = 502;
      response.end(body);
    });
    const error = await errorOf(() => kube.get(one, never));
    expect(error).toMatchObject({ status: 502, reason: 'Http502' });
    expect(error.message).toBe('get pods shop/a: the API server answered 502');
  },
);

test('a server that does not answer is unreachable', async () => {
  const { kube, close } = await fakeApi(() => {});
  await close();
  const error = await errorOf(() => kube.get(one, never));
  expect(error).toMatchObject({ status: 0, reason: 'Unreachable' });
  expect(error.message).toMatch(
    /^get pods shop\/a: http:\/\/127.0.0.1:\d+ does not answer \(ECONNREFUSED\)$/,
  );
});

test('an aborted request rejects with the reason of the signal', async () => {
  const { kube, requests } = await fakeApi(() => {});
  const end = new AbortController();
  const reason = new Error('enough');
  const asked = kube.get(one, end.signal);
  await expect.poll(() => requests.length).toBe(1);
  end.abort(reason);
  await expect(asked).rejects.toBe(reason);
});

test('a request that the server puts off is sent again; one that it refuses is not', async () => {
  let asked = 0;
  const { kube } = await fakeApi((_, response) => {
    asked += 1;
    if (asked < 3) {
      response.writeHead(429, { 'retry-after': '0' }).end();
    } else response.end(JSON.stringify(pod('a', 1)));
  });
  expect((await kube.get<KubeObject>(one, never))?.metadata.name).toBe('a');
  expect(asked).toBe(3);
});

test('a read whose resting connection breaks is sent again, a write is not', async () => {
  let asked = 0;
  const { kube } = await fakeApi((request, response) => {
    asked += 1;
    if (asked % 2 === 0) request.socket.resetAndDestroy();
    else response.end(JSON.stringify(pod('a', 1)));
  });
  await kube.get(one, never);
  await kube.get(one, never);
  expect(asked).toBe(3);
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } };
  expect((await errorOf(() => kube.create(resources.pods, object, never))).reason).toBe('Unreachable');
  expect(asked).toBe(4);
});

test('a token in a file is read anew when the server no longer takes it', async () => {
  const folder = scratchFolder('seatrial-token-');
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'old\n');
  let wanted = 'Bearer old';
  const { kube } = await fakeApi(
    (request, response) => {
      response.statusCode = request.headers.authorization === wanted ? 200 : 401;
      response.end(JSON.stringify(pod('a', 1)));
    },
    { tokenFile },
  );
  await kube.get(one, never);
  writeFileSync(tokenFile, 'new\n');
  wanted = 'Bearer new';
  await Promise.all(Array.from({ length: 5 }, () => kube.get(one, never)));
  wanted = 'Bearer newer';
  expect(await errorOf(() => kube.get(one, never))).toMatchObject({ status: 401, reason: 'Unauthorized' });
});

test('a credential plugin logs in, once for many requests; what it prints stays unsaid', async () => {
  const folder = scratchFolder('seatrial-plugin-');
  const plugin = join(folder, 'plugin');
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'from-plugin' },
  };
  writeFileSync(
    plugin,
    `#!/bin/sh\necho run >> ${folder}/runs\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`,
  );
  chmodSync(plugin, 0o755);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
  const tokens: (string | undefined)[] = [];
  const { kube } = await fakeApi(
    (request, response) => {
      tokens.push(request.headers.authorization);
      response.end(JSON.stringify(pod('a', 1)));
    },
    { exec },
  );
  await Promise.all([kube.get(one, never), kube.get(one, never)]);
  expect(tokens).toEqual(['Bearer from-plugin', 'Bearer from-plugin']);
  writeFileSync(plugin, '#!/bin/sh\necho secret-token >&2\nexit 1\n');
  const broken = await fakeApi(() => {}, { exec });
  const error = await errorOf(() => broken.kube.get(one, never));
  expect(error.reason).toBe('Kubeconfig');
  expect(error.message).not.toContain('secret-token');
});

test('a kubeconfig that cannot be used says why', async () => {
  const file = kubeconfig('http://127.0.0.1:1', {});
  const message = async (kubeconfig: { file: string; context?: string }) => {
    const error = await errorOf(() => openKube({ kubeconfig, userAgent: 'x/1' }));
    expect(error.reason).toBe('Kubeconfig');
    return error.message;
  };
  expect(await message({ file: '/nonesuch' })).toBe('there is no kubeconfig at /nonesuch');
  expect(await message({ file, context: 'other' })).toBe('the kubeconfig has no context other; it has test');
  const folder = scratchFolder('seatrial-kubeconfig-');
  const broken = join(folder, 'broken');
  writeFileSync(broken, 'users: [\n secret-token');
  expect(await message({ file: broken })).toBe(`the kubeconfig ${broken} cannot be read (no kubeconfig)`);
  writeFileSync(broken, 'nothing');
  expect(await message({ file: broken })).toContain('names no current context');
  expect(openKube({ kubeconfig: { file: `/nonesuch:${file}` }, userAgent: 'x/1' }).namespace).toBe('shop');
});
