import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openPodKube } from '../../src/kube/pod.ts';
import { resources } from '../../src/kube/resources.ts';
import { never, pod } from './support.ts';

const one = { resource: resources.pods, namespace: 'shop', name: 'a' };

/** What the kubelet mounts into a pod, with the certificate of the server as its CA. */
function serviceAccount(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-account-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=api', '-addext', 'subjectAltName=IP:127.0.0.1', '-out', join(folder, 'ca.crt')],
    ...['-keyout', join(folder, 'key')],
  ]);
  writeFileSync(join(folder, 'token'), 'first\n');
  writeFileSync(join(folder, 'namespace'), 'shop');
  return folder;
}

test('logs in with the token of the pod, and with the next one where the server knows it no more', async () => {
  const folder = serviceAccount();
  let accepted = 'Bearer first';
  const seen: (string | undefined)[] = [];
  const files = { cert: readFileSync(join(folder, 'ca.crt')), key: readFileSync(join(folder, 'key')) };
  const server = createServer(files, (request, response) => {
    seen.push(request.headers.authorization);
    response.statusCode = request.headers.authorization === accepted ? 200 : 401;
    response.end(JSON.stringify(pod('a', 1)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  const kube = openPodKube({ env, folder, userAgent: 'seatrial-test/1' });
  onTestFinished(() => {
    kube.close();
    server.closeAllConnections();
    server.close();
  });
  expect([kube.context, kube.namespace, kube.server]).toEqual([
    'inClusterContext',
    'shop',
    `https://127.0.0.1:${port}`,
  ]);
  expect((await kube.get(one, never))?.metadata.name).toBe('a');
  accepted = 'Bearer second';
  writeFileSync(join(folder, 'token'), 'second\n');
  expect((await kube.get(one, never))?.metadata.name).toBe('a');
  expect(seen).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
});

test('says what is wrong where it runs in no pod, or the account cannot be read, and shows no token', async () => {
  expect(() => openPodKube({ env: {}, userAgent: 'seatrial-test/1' })).toThrow('no pod of a cluster');
  const folder = serviceAccount();
  unlinkSync(join(folder, 'ca.crt'));
  const env = { KUBERNETES_SERVICE_HOST: '::1', KUBERNETES_SERVICE_PORT: '1' };
  const kube = openPodKube({ env, folder, userAgent: 'seatrial-test/1' });
  await expect(kube.get(one, never)).rejects.toMatchObject({
    reason: 'Kubeconfig',
    message: `the token or ca.crt of the service account cannot be read in ${folder}`,
  });
});
