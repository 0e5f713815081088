import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chooseImages, type ImageChoice } from '../../../../src/cli/demo/cluster/images.ts';
import { parseDemoOptions } from '../../../../src/cli/demo/options.ts';

/** Programs that write down how they were called, and a choice that finds them alone. */
function bench(...programs: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-images-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  for (const program of programs) {
    writeFileSync(join(folder, program), `#!/bin/sh\necho ${program} "$@" >>${calls}\n`);
    chmodSync(join(folder, program), 0o755);
  }
  const choice = (more: Partial<ImageChoice>): ImageChoice => ({
    env: { PATH: `${folder}:/usr/bin:/bin` },
    signal: AbortSignal.timeout(10_000),
    context: 'staging',
    kubeconfig: '/nonesuch/config',
    packageRoot: '/nonesuch',
    loadCommand: null,
    registry: null,
    ...more,
  });
  return { choice, calls: () => readFileSync(calls, 'utf8').trim().split('\n') };
}

test('a cluster that nothing is known of: both ways to bring images there are named', () => {
  const { choice } = bench();
  expect(() => chooseImages(choice({}))).toThrow(/context staging/);
  try {
    chooseImages(choice({}));
  } catch (error) {
    expect(error).toMatchObject({ text: { next: expect.stringMatching(/--registry .*--load-command/) } });
  }
});

test('--registry builds, pushes, and names images as the nodes pull them', async () => {
  const { choice, calls } = bench('docker');
  const images = chooseImages(choice({ registry: 'registry.example/team/' }));
  expect(images.prefix).toBe('registry.example/team/');
  await images.build('/shop', `${images.prefix}shop-go:1`, 'go');
  expect(calls()).toEqual([
    'docker build --quiet --tag registry.example/team/shop-go:1 --target go /shop',
    'docker push --quiet registry.example/team/shop-go:1',
  ]);
});

test('--load-command gets folder, tag and stage; with --registry the tag is the whole name', async () => {
  const { choice, calls } = bench('bring');
  await chooseImages(choice({ loadCommand: 'bring --fast' })).build('/shop', 'shop-go:1', 'go');
  const both = chooseImages(choice({ loadCommand: 'bring', registry: 'registry.example' }));
  await both.build('/shop', `${both.prefix}seatrial:1`, null);
  expect(calls()).toEqual([
    'bring --fast /shop shop-go:1 --target go',
    'bring /shop registry.example/seatrial:1',
  ]);
});

test('a kind cluster, from the package alone: docker builds, kind loads', async () => {
  const { choice, calls } = bench('docker', 'kind');
  const images = chooseImages(choice({ context: 'kind-dev' }));
  await images.build('/shop', `${images.prefix}shop-go:1`, 'go');
  expect(calls()).toEqual([
    'docker build --quiet --tag shop-go:1 --target go /shop',
    'kind load docker-image shop-go:1 --name dev',
  ]);
});

test('what is no name of a registry is refused before anything runs', () => {
  expect(parseDemoOptions(['--registry', 'registry.example:5000/a/b'])).toMatchObject({
    registry: 'registry.example:5000/a/b',
  });
  for (const name of ['--insecure', 'https://images.example', 'a b', '']) {
    expect(() => parseDemoOptions([`--registry=${name}`])).toThrow(/names no registry/);
  }
});
