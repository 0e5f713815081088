import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { instructions } from '../../src/mcp/instructions.ts';
import { jsonSchema } from '../../src/tool/json-schema.ts';
import { catalogue } from '../../tools/catalogue.ts';

const names = ['provision_sandbox', 'inspect_sandbox', 'list_plans', 'run_plan', 'smart_diff', 'teardown'];

test('the catalogue lists the six tools, in the order of the loop', () => {
  expect(catalogue.map(({ name }) => name)).toEqual(names);
});

test('each tool is a file of its name, and no file is left out', () => {
  const files = readdirSync(new URL('../../tools/', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  expect(files.sort()).toEqual([...names, 'catalogue'].map((name) => `${name}.ts`).sort());
});

/** Fields that design.md, section 9 fixes: users and agents know them by these names. */
const fields: Record<string, { in: string[]; out: string[] }> = {
  provision_sandbox: {
    in: ['changes', 'name', 'lease', 'sandbox', 'wait_seconds'],
    out: ['sandbox', 'state', 'key', 'headers', 'urls', 'forks', 'expires_at'],
  },
  inspect_sandbox: { in: ['sandbox', 'logs', 'hops', 'runs'], out: ['sandboxes'] },
  list_plans: { in: ['changed_files', 'query'], out: ['plans', 'uncovered', 'broken'] },
  run_plan: {
    in: ['plan', 'sandbox', 'params', 'target', 'run', 'wait_seconds'],
    out: ['run', 'verdict', 'since_last', 'steps', 'findings', 'receipts', 'report'],
  },
  smart_diff: {
    in: ['sandbox', 'requests', 'plan', 'params', 'expected', 'intermittent', 'run', 'wait_seconds'],
    out: ['run', 'verdict', 'findings', 'volatile', 'receipts'],
  },
  teardown: { in: ['sandbox', 'all'], out: ['removed', 'left'] },
};

/** Said out loud, one by one: a tool that changes its risk changes this line too. */
const risks: Record<string, string> = {
  provision_sandbox: 'writes idempotent',
  inspect_sandbox: 'reads idempotent',
  list_plans: 'reads idempotent',
  run_plan: 'writes',
  smart_diff: 'writes',
  teardown: 'destroys idempotent',
};

describe.each(catalogue.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
  const input = jsonSchema(tool.input, 'input');
  const output = jsonSchema(tool.output, 'output');

  test('takes and gives the fields that are agreed', () => {
    expect(Object.keys(Object(input.properties))).toEqual(fields[name]?.in);
    expect(Object.keys(Object(output.properties))).toEqual(
      expect.arrayContaining(fields[name]?.out ?? ['?']),
    );
    expect(Object.keys(Object(output.properties))).toContain('next');
  });

  test('has root schemas that every host takes', () => {
    for (const schema of [input, output]) {
      expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
      expect(schema.type).toBe('object');
      for (const word of ['anyOf', 'oneOf', 'allOf', '$ref', 'not', '$defs']) {
        expect(schema).not.toHaveProperty(word);
      }
    }
    expect(JSON.stringify([input, output])).not.toContain('"$ref"');
  });

  test('refuses arguments that it does not know', () => {
    expect(input.additionalProperties).toBe(false);
  });

  test('tells its risk honestly', () => {
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.risk;
    const effect = readOnlyHint ? 'reads' : destructiveHint ? 'destroys' : 'writes';
    expect(`${effect}${idempotentHint ? ' idempotent' : ''}`).toBe(risks[name]);
    expect(readOnlyHint && destructiveHint).toBe(false);
    expect(openWorldHint).toBe(false);
  });

  test('describes itself in 2 KB, and says when to use it', () => {
    expect(Buffer.byteLength(tool.description)).toBeLessThan(2048);
    expect(tool.description.length).toBeGreaterThan(80);
    expect(tool.title.length).toBeLessThan(40);
  });
});

test('the instructions teach the loop in ten lines and name every tool that it needs', () => {
  expect(instructions.split('\n').length).toBeLessThanOrEqual(10);
  for (const name of names.filter((name) => name !== 'inspect_sandbox')) expect(instructions).toContain(name);
  expect(Buffer.byteLength(instructions)).toBeLessThan(2048);
});
