import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Every pod of ours starts so: the library that reads kubeconfigs would be most of its start and of its memory. */
test('no part that runs in a pod loads the library that reads kubeconfigs', () => {
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name.includes('client-node')) console.log(name);
      return next(name, context);
    } });
    for (const part of ['cli/run', 'operator/run', 'kube/pod', 'operator/router/agent', 'operator/router/files',
      'operator/gateway/gateway', 'operator/controller/run-controller', 'operator/enrolment/enrolment']) {
      await import('${root}/src/' + part + '.ts');
    }`;
  const args = ['--input-type=module', '--eval', program];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('');
});
