import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { imageFork, needsImage } from '../../src/host/images.ts';
import type { Tree } from '../../src/host/trees.ts';

const tree = 'a'.repeat(40);
const commit = 'c'.repeat(40);
const never = new AbortController().signal;
const services = { pricing: { paths: ['services/pricing/**'] } } as unknown as Tree['config']['services'];
const kubernetes = { context: 'kind-dev', namespace: 'shop' };
const place = {
  config: { root: '/nonesuch', services, kubernetes },
  repository: { resolve: async () => ({ commit, tree }) },
} as unknown as Pick<Tree, 'repository' | 'config'>;
const fork = (change: object) => imageFork(place, { service: 'pricing', ...change }, tree, never);

test('a changed service without an image is told each command, and the tree id of the working tree', () => {
  expect(
    needsImage(['pricing'], { root: '/nonesuch', services, kubernetes }, tree).text,
  ).toMatchInlineSnapshot(`
    {
      "next": "Build an image of the working tree as it is now, give it to the cluster, and name both image and tree:
      docker build -t pricing:aaaaaaaaaaaa services/pricing
      kind load docker-image pricing:aaaaaaaaaaaa --name dev
      provision_sandbox { changes: [{ service: "pricing", image: "pricing:aaaaaaaaaaaa", revision: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }] }",
      "what": "pricing: a cluster runs images, and the call names none.",
      "why": "The working tree, with all that is not committed, is tree aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
    }
  `);
});

test('the folder to build is the one that has the Dockerfile, at or above what the service names', () => {
  const root = mkdtempSync(join(tmpdir(), 'seatrial-build-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const told = (path: string) => {
    const named = { pricing: { paths: [path] } } as unknown as Tree['config']['services'];
    const { next } = needsImage(['pricing'], { root, services: named, kubernetes }, tree).text;
    return /docker build -t \S+ (\S+)/.exec(next)?.[1];
  };
  mkdirSync(join(root, 'services/pricing'), { recursive: true });
  expect(told('services/pricing/**')).toBe('services/pricing');
  writeFileSync(join(root, 'Dockerfile'), '');
  expect(told('services/pricing/**')).toBe('.');
  expect(told('services/pricing.go')).toBe('.');
  expect(told('**')).toBe('.');
  writeFileSync(join(root, 'services/pricing/Dockerfile'), '');
  expect(told('services/pricing/**')).toBe('services/pricing');
});

test('a revision is an id: what a branch names moves on while the image stays', async () => {
  expect((await fork({ image: 'pricing:1', revision: 'c'.repeat(7) })).revision).toEqual({
    kind: 'image',
    image: 'pricing:1',
    digest: null,
    revision: commit,
  });
  for (const revision of ['main', 'HEAD', 'v1.2']) {
    await expect(fork({ image: 'pricing:1', revision })).rejects.toMatchObject({ code: 'invalid-argument' });
  }
});

test.each([
  ['no image', {}, 'needs-image'],
  ['a ref in place of an image', { ref: 'main' }, 'invalid-argument'],
  ['an image with a blank', { image: 'a b' }, 'invalid-argument'],
  ['an image like an option', { image: '--x' }, 'invalid-argument'],
])('refuses %s', async (_, change, code) => {
  await expect(fork(change)).rejects.toMatchObject({ code });
});
