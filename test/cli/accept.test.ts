import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Shop, shop } from '../host/shop.ts';
import { seatrial } from '../support/binary.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

test('accept: a finding of the last run is written down, and the next run lists it as expected', async () => {
  const cli = (...args: string[]) => seatrial(args, { cwd: place.repo, env: place.env });
  const none = await cli('diff', '--accept', 'aa-bb', '--reason', 'x');
  expect(none.stderr).toContain('unknown-run');

  place.edit('price/server.mjs', 'cents: 1250', 'cents: 1300');
  place.edit('plans/cart.md', '$.total: 2500', '$.total: 2600');
  const { sandbox } = JSON.parse((await cli('provision', 'price', '--json')).stdout) as { sandbox: string };
  const failed = JSON.parse((await cli('run', 'cart', '--sandbox', sandbox, '--json')).stdout) as {
    verdict: string;
    findings: { fingerprint: string; place: string }[];
  };
  expect(failed.verdict).toBe('failed');

  const unknown = await cli('diff', '--accept', '0123456789ab-0123456789ab', '--reason', 'x');
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain(failed.findings[0]?.fingerprint ?? 'none');
  expect((await cli('diff', '--accept', 'x')).stderr).toContain('--reason');

  place.write('seatrial.expected.yaml', '# what we mean to change\n[]\n');
  const prints = failed.findings.flatMap(({ fingerprint }) => ['--accept', fingerprint]);
  const accepted = await cli('diff', ...prints, '--reason', 'mugs cost more');
  expect(accepted).toMatchObject({ code: 0, stderr: '' });
  const file = readFileSync(join(place.repo, 'seatrial.expected.yaml'), 'utf8');
  expect(file).toContain('# what we mean to change');
  expect(file).toContain('mugs cost more');
  const again = await cli('diff', ...prints, '--reason', 'mugs cost more');
  expect(again.stdout).toContain('nothing was written');
  expect(readFileSync(join(place.repo, 'seatrial.expected.yaml'), 'utf8')).toBe(file);

  const passed = JSON.parse((await cli('run', 'cart', '--sandbox', sandbox, '--json')).stdout) as Record<
    string,
    unknown
  >;
  expect(passed).toMatchObject({ verdict: 'passed', counts: { expected: failed.findings.length } });
  await cli('teardown', '--all');
});
