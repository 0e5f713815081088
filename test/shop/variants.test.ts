import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { edit, loadFaults } from '../../src/cli/demo/fault.ts';
import { layOutShop } from '../../src/cli/demo/shop.ts';
import { repositoryRoot, shopConfig } from './start-shop.ts';

let folder = '';
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-variant-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the shop on Kubernetes', () => {
  test('has the same five services, two of them in other languages, and no list of faults', async () => {
    const shop = join(folder, 'one');
    await layOutShop(repositoryRoot, shop, 'kubernetes');
    expect(readdirSync(join(shop, 'services')).sort()).toEqual([
      'accounts.mjs',
      'catalog.py',
      'checkout.mjs',
      'pricing.go',
      'storefront.mjs',
    ]);
    expect(readdirSync(shop).sort()).not.toContain('faults');
    const { services } = parse(readFileSync(join(shop, 'seatrial.yaml'), 'utf8')) as {
      services: Record<string, unknown>;
    };
    expect(Object.keys(services).sort()).toEqual(Object.keys(shopConfig.services).sort());
  });

  test('takes each of the ten faults, and its mended code, in the language of the service', async () => {
    const faults = await loadFaults(repositoryRoot, 'kubernetes');
    expect(faults).toHaveLength(10);
    expect(faults.filter(({ file }) => !file.endsWith('.mjs'))).toHaveLength(5);
    for (const fault of faults) {
      const shop = join(folder, fault.name);
      await layOutShop(repositoryRoot, shop, 'kubernetes');
      await edit(shop, fault, fault.find, fault.replace);
      await edit(shop, fault, fault.replace, fault.right);
    }
  });
});
