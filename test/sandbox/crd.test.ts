import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { annotations, crdVersion } from '../../src/sandbox/cluster-names.ts';

test('the CRD in deploy/ has the version that the code asks for', () => {
  const crd = parse(readFileSync(join(import.meta.dirname, '../../deploy/crd.yaml'), 'utf8'));
  expect(crd.metadata.annotations[annotations.crdVersion]).toBe(String(crdVersion));
});
