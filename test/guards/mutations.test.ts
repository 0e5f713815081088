import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shopFolder } from '../shop/start-shop.ts';
import { cart, sandbox } from './scenarios.ts';
import { serviceFiles } from './services.ts';
import { type Data, mutate, openWorld, type Patch, type World } from './world.ts';

/**
 * Copies of the built program with one line changed for the worse, each through the same door as the program itself.
 * What the program says of a sound change, none of them may say.
 */
const limitMs = 180_000;

const shopPlans = readdirSync(join(shopFolder, 'plans')).map((file) => file.replace(/\.md$/, ''));

describe('the shop with a change that no answer shows', () => {
  test(
    'control: every plan passes, http steps alone pass, smart diff alone passes',
    async () => {
      const said = await playShop(null);
      expect(said.map(({ plan, verdict }) => `${plan} ${verdict}`)).toEqual(
        [...shopPlans, 'http-only', 'smart-diff-only'].map((plan) => `${plan} passed`),
      );
    },
    limitMs,
  );

  test(
    'with a router that sends everything to the baseline, no run anywhere passes',
    async () => {
      const said = await playShop({
        file: 'src/routing/table.js',
        from: 'lookup(service, key) {',
        to: 'lookup(service, key) { return toBaseline;',
      });
      expect(said).toHaveLength(shopPlans.length + 2);
      for (const { plan, verdict, codes } of said) {
        expect(verdict, plan).toBe('inconclusive');
        expect(codes, plan).toContain('not-exercised');
      }
    },
    limitMs,
  );

  test(
    'with the noise step removed, smart diff cries wolf',
    async () => {
      const said = await playShop({
        file: 'src/diff/find/noise.js',
        from: 'add(place, dimensions) {',
        to: 'add(place, dimensions) { return;',
      });
      const compared = said.filter(({ plan }) => plan !== 'http-only');
      for (const { plan, verdict, findings } of compared) {
        expect(verdict, plan).not.toBe('passed');
        expect(findings, plan).not.toEqual([]);
      }
      expect(compared.map(({ verdict }) => verdict)).toContain('failed');
    },
    limitMs,
  );
});

describe('a change that breaks the shop of two services', () => {
  const otherTrees: readonly (Patch & { readonly where: string })[] = [
    {
      where: 'the snapshot is exported from another tree',
      file: 'src/local/snapshots.js',
      from: 'repository.export(request.tree,',
      to: "repository.export('HEAD',",
    },
    {
      where: 'the forks are launched from another tree',
      file: 'src/local/launch.js',
      from: 'const request = { tree,',
      to: "const request = { tree: 'HEAD',",
    },
    {
      where: 'git is given another tree',
      file: 'src/git/export.js',
      from: "'read-tree', tree]",
      to: "'read-tree', 'HEAD']",
    },
    {
      where: 'the engine is asked for another tree',
      file: 'src/host/changes.js',
      from: "revision: { kind: 'tree', ...revision }",
      to: "revision: { kind: 'tree', ...revision, tree: 'HEAD' }",
    },
  ];

  test(
    'control: it fails',
    async () => {
      await inWorld(null, async (world) => {
        expect(await playCart(world)).toEqual({ verdict: 'failed', codes: ['step-failed'] });
      });
    },
    limitMs,
  );

  for (const { where, ...patch } of otherTrees) {
    test(
      `with a fork started from another tree, every verdict is inconclusive: ${where}`,
      async () => {
        await inWorld(patch, async (world) => {
          expect(await playCart(world)).toEqual({ verdict: 'inconclusive', codes: ['stale-fork'] });
        });
      },
      limitMs,
    );
  }

  test(
    'with a baseline started from another tree, there is no sandbox to run in',
    async () => {
      const patch = { file: 'src/local/baseline.js', from: 'take({ tree,', to: "take({ tree: 'HEAD~1'," };
      await inWorld(patch, async (world) => {
        world.write('price/quote.mjs', `${readFileSync(join(world.repo, 'price/quote.mjs'))}// more\n`);
        world.git('commit', '-q', '-a', '-m', 'second');
        world.edit('price/quote.mjs', '1250', '1300');
        const made = await world.call('provision_sandbox', { name: sandbox });
        expect(made.state).toBe('failed');
        expect(JSON.stringify(made.reason)).toMatch(/The baseline was written from tree/);
        await world.call('teardown', { sandbox });
      });
    },
    limitMs,
  );
});

interface Said {
  readonly plan: string;
  readonly verdict: unknown;
  readonly codes: readonly string[];
  readonly findings: readonly string[];
}

/** All plans of the shop, a plan of http steps alone, and smart diff alone, after a change of all services. */
async function playShop(patch: Patch | null): Promise<Said[]> {
  const said: Said[] = [];
  await inWorld(
    patch,
    async (world) => {
      world.write('lib/notes.mjs', '// For people.\n');
      world.writePlan(
        'http-only',
        [
          'id: quote\nhttp: { service: pricing, method: POST, path: /quotes, json: { items: [{ sku: mug, quantity: 1 }] } }\nexpect: { status: 200 }\n',
        ],
        ['pricing'],
      );
      const made = await world.call('provision_sandbox', { name: sandbox });
      expect(made.state).toBe('ready');
      const note = (plan: string, run: Data) => {
        const { verdict } = world.kept(run);
        said.push({
          plan,
          verdict: verdict.verdict,
          codes: verdict.reasons.map(({ code }) => code),
          findings: verdict.findings.map(({ rule, place }) => `${rule} ${place}`),
        });
      };
      for (const plan of [...shopPlans, 'http-only']) {
        note(plan, await world.call('run_plan', { plan, sandbox }));
      }
      const requests = [{ id: 'items', service: 'catalog', method: 'GET', path: '/items' }];
      note('smart-diff-only', await world.call('smart_diff', { sandbox, requests }));
      await world.call('teardown', { sandbox });
    },
    true,
  );
  return said;
}

async function playCart(world: World): Promise<{ verdict: string; codes: string[] }> {
  world.edit('price/quote.mjs', '1250', '1300');
  world.writePlan('guard', [cart]);
  expect((await world.call('provision_sandbox', { name: sandbox })).state).toBe('ready');
  const { verdict } = world.kept(await world.call('run_plan', { plan: 'guard', sandbox }));
  await world.call('teardown', { sandbox });
  return { verdict: verdict.verdict, codes: verdict.reasons.map(({ code }) => code) };
}

/** In the shop, or in the repository of two services. */
async function inWorld(
  patch: Patch | null,
  work: (world: World) => Promise<void>,
  shop = false,
): Promise<void> {
  const mutant = patch === null ? null : mutate(patch);
  try {
    const world = await openWorld({
      files: shop ? shopFiles : serviceFiles,
      modules: shop,
      ...(mutant && { main: mutant.main }),
    });
    try {
      await work(world);
    } finally {
      await world.call('teardown', { all: true });
      await world.end();
    }
  } finally {
    mutant?.remove();
  }
}

function shopFiles(): Record<string, string> {
  const all = readdirSync(shopFolder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(shopFolder, name))
    .filter((file) => statSync(file).isFile() && !/node_modules|[/\\]faults[/\\]/.test(file));
  return Object.fromEntries(all.map((file) => [relative(shopFolder, file), readFileSync(file, 'utf8')]));
}
