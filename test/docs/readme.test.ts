import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { engineOf } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import { parseExpectedChanges } from '../../src/verdict/expected-file.ts';

/** What people copy first has to work: the examples of the README, read by what reads theirs. */
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('the examples in the README', () => {
  const config = parseConfig(example('configuration'), { root: '/', file: 'seatrial.yaml' });

  test('seatrial.yaml is taken as it stands', () => {
    expect(Object.keys(config.services)).toEqual(['checkout', 'pricing', 'database']);
    expect(config.services.database?.shared).toBe(true);
  });

  test('seatrial.yaml for a cluster is taken as it stands', () => {
    const cluster = parseConfig(example('kubernetes'), { root: '/', file: 'seatrial.yaml' });
    expect(engineOf(cluster)).toBe('kubernetes');
    expect(Object.keys(cluster.services)).toEqual(['checkout', 'pricing']);
  });

  test('every command of npm that is shown is there', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const shown = [...readme.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name);
    expect(shown).toContain('cluster:up');
    expect(shown.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
  });

  test('Kubernetes comes first, the engine of one machine as the first taste', () => {
    expect(readme.indexOf('## On Kubernetes')).toBeGreaterThan(0);
    expect(readme.indexOf('## On Kubernetes')).toBeLessThan(readme.indexOf('## First taste'));
  });

  test('the plan has no problem, with the services and secrets of that configuration', () => {
    const names = { services: Object.keys(config.services), secrets: Object.keys(config.secrets) };
    const { plan, problems } = parsePlan(Buffer.from(example('plan')), 'checkout.md', names);
    expect(problems).toEqual([]);
    expect(plan?.steps.map(({ id }) => id)).toEqual(['add', 'look', 'same', 'remove']);
  });

  test('the expected change is an entry', () => {
    expect(parseExpectedChanges(example('expected'), 'seatrial.expected.yaml')).toHaveLength(1);
  });

  test('the demo is shown', () => {
    expect(section('demo')).toContain('run_plan again: is it proven now?');
  });
});

/** The text inside the code block between two markers. */
function example(name: string): string {
  const block = /^(`{3,})\w*\n([\s\S]*?)\n\1$/m.exec(section(`example-${name}`));
  if (block?.[2] === undefined) throw new Error(`the README has no example ${name}`);
  return `${block[2]}\n`;
}

function section(name: string): string {
  const [, rest = ''] = readme.split(`<!-- ${name}:start -->`);
  return rest.split(`<!-- ${name}:end -->`)[0] ?? '';
}
