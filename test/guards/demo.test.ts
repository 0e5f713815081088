import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mutate, type Patch, runDemo } from './world.ts';

/** The demo must not tell a story that did not happen. */
const limitMs = 120_000;
const fault = 'wrong-unit';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sd-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function demo(patch: Patch | null) {
  const mutant = patch === null ? null : mutate(patch);
  try {
    const outcome = await runDemo(['--fault', fault], folder, mutant?.main);
    // Whatever it told, it takes its scratch folder along.
    expect(readdirSync(folder)).toEqual([]);
    return outcome;
  } finally {
    mutant?.remove();
  }
}

test(
  'with a planted fault the demo ends with 0, as findings name the fault and its mending passes',
  async () => {
    const { code, stdout } = await demo(null);
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(
      /pricing-quotes: failed.*value-changed at \$\.shippingCents.*pricing-quotes: passed/is,
    );
    expect(stdout).toMatch(/with no person in the path/);
  },
  limitMs,
);

test(
  'with a router that sends everything to the baseline the demo ends with 1, and nothing of it passed',
  async () => {
    const { code, stdout } = await demo({
      file: 'src/routing/table.js',
      from: 'lookup(service, key) {',
      to: 'lookup(service, key) { return toBaseline;',
    });
    expect(code, stdout).toBe(1);
    expect(stdout).toMatch(/pricing-quotes: inconclusive/i);
    expect(stdout).not.toMatch(/: passed|with no person in the path/i);
  },
  limitMs,
);

test(
  'with no fault planted the demo ends with 1, as no finding can name it',
  async () => {
    const { code, stdout } = await demo({
      file: 'src/cli/demo/play.js',
      from: 'await edit(scratch.shop, fault, fault.find, fault.replace);',
      to: "fault = { ...fault, replace: '/* to be done */ ' + fault.find }; await edit(scratch.shop, fault, fault.find, fault.replace);",
    });
    expect(code, stdout).toBe(1);
    expect(stdout).not.toMatch(/: failed|with no person in the path/i);
  },
  limitMs,
);
