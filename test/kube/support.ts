import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SeenRequest } from '../../src/kube/calls.ts';
import { openKube } from '../../src/kube/client.ts';
import type { KubeClient } from '../../src/kube/connect.ts';

export const never = new AbortController().signal;

export interface FakeApi {
  readonly kube: KubeClient;
  readonly seen: SeenRequest[];
  /** Method and URL of each request, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A server that speaks as much of the API as `serve` does, and a client that logs in there with `user`. */
export async function fakeApi(
  serve: RequestListener,
  user: object = { token: 'secret-token' },
): Promise<FakeApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    serve(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen: SeenRequest[] = [];
  const file = kubeconfig(`http://127.0.0.1:${port}`, user);
  const kube = openKube({
    kubeconfig: { file },
    userAgent: 'seatrial-test/1',
    onRequest: (one) => seen.push(one),
  });
  const close = async () => {
    kube.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { kube, seen, requests, close };
}

/** A new folder; it goes with the test. */
export function scratchFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A file with one context, `test`; it goes with the test. */
export function kubeconfig(server: string, user: object): string {
  const folder = scratchFolder('seatrial-kubeconfig-');
  const file = join(folder, 'config');
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

export function pod(name: string, version: string | number, more: object = {}): object {
  return {
    metadata: { namespace: 'shop', name, uid: `uid-${name}`, resourceVersion: String(version), ...more },
  };
}

export function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
