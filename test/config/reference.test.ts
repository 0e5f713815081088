import { expect, test } from 'vitest';
import { configReference } from '../../src/config/reference.ts';

test('every key of seatrial.yaml is in the reference, with its form, default, variable and flag', () => {
  const rows = configReference().map(({ key, default: value, env, flag }) =>
    [key, value ?? 'required', env, flag].filter((part) => part !== null).join(' | '),
  );
  expect(rows).toMatchInlineSnapshot(`
    [
      "engine | auto | SEATRIAL_ENGINE | --engine",
      "plans | plans | SEATRIAL_PLANS | --plans",
      "ignore | ["docs/**","**/*.md","**/{test,tests,__tests__}/**","**/*.{test,spec}.*","seatrial.expected.yaml"]",
      "maxSandboxes | 10 | SEATRIAL_MAX_SANDBOXES | --max-sandboxes",
      "lease | 30m | SEATRIAL_LEASE | --lease",
      "baseline.ref | auto | SEATRIAL_BASELINE_REF | --baseline-ref",
      "secrets.<name>.env | required",
      "services.<name>.command | none; the local engine needs one",
      "services.<name>.paths | []",
      "services.<name>.cwd | .",
      "services.<name>.setup | none",
      "services.<name>.openapi | none",
      "services.<name>.link | []",
      "services.<name>.ready | tcp",
      "services.<name>.readySeconds | 30",
      "services.<name>.stopSeconds | 5",
      "services.<name>.env | {}",
      "services.<name>.shared | false",
      "services.<name>.workload | none",
      "services.<name>.container | none",
      "services.<name>.sharedEffects | none",
      "services.<name>.observe | false",
      "kubernetes.context | required",
      "kubernetes.namespace | required",
    ]
  `);
});

test('every entry says what it means in a sentence and shows what to write', () => {
  for (const { key, description, example } of configReference()) {
    expect(description, key).toMatch(/^[A-Z`].*\.$/s);
    expect(example, key).toContain(':');
  }
});
