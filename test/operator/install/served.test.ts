import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { servedNamespaces } from '../../../src/operator/install/served.ts';
import { memoryKube } from '../memory-kube.ts';
import { controller, object } from './samples.ts';

const signal = AbortSignal.timeout(30_000);
const served = async (...objects: readonly KubeObject[]) => {
  const isServed = await servedNamespaces(memoryKube(...objects).kube, 'ours', signal);
  return ['shop', 'bank', 'other'].filter(isServed);
};
const router = (namespace: string, of: string) => object('Deployment', 'seatrial-router', { namespace, of });

describe('an installation cleans up', () => {
  test('the namespaces that its controller was told to serve', async () => {
    expect(await served(controller('ours', ['shop']))).toEqual(['shop']);
  });

  test('every namespace where it was told none, but those of others', async () => {
    expect(await served(controller('ours', []), router('bank', 'theirs'))).toEqual(['shop', 'other']);
  });

  test('a namespace that has objects of it, though its controller serves it no more', async () => {
    expect(await served(controller('ours', ['shop']), router('bank', 'ours'))).toEqual(['shop', 'bank']);
  });

  test('none that has objects of another, told or not', async () => {
    const both = [router('shop', 'ours'), router('shop', 'theirs')];
    expect(await served(controller('ours', ['shop']), ...both)).toEqual([]);
  });

  test('without its controller, all where it is the only one, else what bears its mark', async () => {
    expect(await served(router('shop', 'ours'))).toEqual(['shop', 'bank', 'other']);
    expect(await served(router('shop', 'ours'), controller('theirs', ['bank']))).toEqual(['shop']);
  });
});
