import { expect, test } from 'vitest';
import { serviceFiles } from './services.ts';
import { type Data, openWorld, type World } from './world.ts';

const sandbox = 'wanted';
const requests = [{ id: 'quote', service: 'price', method: 'GET', path: '/price' }];
const about = [{ id: 'health', service: 'price', method: 'GET', path: '/healthz' }];

function list(world: World, fingerprint: unknown, base: string): void {
  const entry = { fingerprint, reason: 'cents go', base, expected: 'the price has no cents' };
  world.write('seatrial.expected.yaml', JSON.stringify([entry]));
}

const codes = ({ reasons }: Data): unknown => (reasons as Data[]).map(({ code }) => code);
const warnings = (world: World, run: Data): string => world.kept(run).verdict.warnings.join(' ');

test('an expected change happens, is absent, is not exercised, and has landed: through the MCP server', async () => {
  const world = await openWorld({ files: serviceFiles });
  const diff = (given: readonly object[] = requests) =>
    world.call('smart_diff', { sandbox, requests: given });
  try {
    const base = world.git('rev-parse', 'HEAD');
    world.edit('price/quote.mjs', ', cents: 1250', '');
    await world.call('provision_sandbox', { name: sandbox });
    const unnamed = await diff();
    expect([unnamed.verdict, codes(unnamed)]).toEqual(['failed', ['breaking-finding']]);
    const [finding] = unnamed.findings as Data[];
    list(world, finding?.fingerprint, base);

    const happened = await diff();
    expect(happened).toMatchObject({ verdict: 'passed', findings: [], counts: { expected: 1 } });

    const elsewhere = await diff(about);
    expect(codes(elsewhere)).toContain('expected-change-not-exercised');
    expect(elsewhere.verdict).toBe('inconclusive');

    world.edit('price/quote.mjs', "sku: 'mug'", "sku: 'mug', cents: 1250 /* back again */");
    await world.call('provision_sandbox', { sandbox, changes: [{ service: 'price' }] });
    const absent = await diff();
    expect([absent.verdict, codes(absent)]).toEqual(['failed', ['expected-change-absent']]);

    // Merged: the baseline has the change and the entry, and the next change is another one.
    world.edit('price/quote.mjs', ', cents: 1250 /* back again */', '');
    world.git('add', '-A');
    world.git('commit', '-q', '-m', 'no cents');
    await world.call('teardown', { sandbox });
    world.edit('price/quote.mjs', 'export const flip', '// For people.\nexport const flip');
    await world.call('provision_sandbox', { name: sandbox });
    const landed = await diff();
    expect([landed.verdict, codes(landed)]).toEqual(['passed', []]);
    expect(warnings(world, landed)).toMatch(/has landed in the baseline: the price has no cents/);
  } finally {
    await world.call('teardown', { all: true });
    await world.end();
  }
}, 240_000);
