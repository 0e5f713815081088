import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonKinds } from '../../src/verdict/reason-kinds.ts';
import { facts, scenarios } from './scenarios.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

test('docs/errors.md pairs each reason with its test and with the scenarios that produce it', () => {
  for (const [code, { test: name }] of Object.entries(reasonKinds)) {
    const [row = '', ...more] = page.split('\n').filter((line) => line.startsWith(`| \`${code}\` `));
    // `sandbox-gone` is an error as well, and has a row there.
    const cells = (more.at(-1) ?? row).split(' | ').map((cell) => cell.replace(/[|\s]+$/, '').trim());
    const real = [...scenarios, ...facts].filter((one) => one.code === code);
    expect(real.length, code).toBeGreaterThan(0);
    expect(cells.slice(3)).toEqual([name, real.map((one) => one.name.slice(code.length + 2)).join('; ')]);
  }
});
