import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { processesMarked } from '../../src/local/process-table.ts';
import { describeEngine } from '../sandbox/engine-contract.ts';
import type { EngineLab } from '../sandbox/engine-lab.ts';
import { localLab, service } from './lab.ts';
import { behaviourFile, serviceFiles } from './services.ts';

describeEngine('local', async (): Promise<EngineLab> => {
  const names = ['front', 'back', 'store'];
  const files = Object.assign({}, ...names.map((name) => serviceFiles(name)));
  const back = { SERVICE: 'back' };
  const front = { SERVICE: 'front', BACK_URL: '{{ services.back.url }}' };
  const services = [
    service('front', { env: front, readySeconds: 4 }),
    service('back', { env: back, readySeconds: 4 }),
    service('store', { env: { SERVICE: 'store' }, shared: true, ready: { kind: 'tcp' } }),
  ];
  const maxSandboxes = 3;
  const lab = await localLab(files, services, { maxSandboxes });
  await lab.engine.endpoint('front', { kind: 'baseline' }, AbortSignal.timeout(30_000));
  const baseline = new Set((await processesMarked(`SEATRIAL_MARK=${lab.guard.mark}:`)).map(({ pid }) => pid));
  const work = join(lab.cache, 'work');
  const folders = async () => {
    const mine = (await readdir(work)).map((name) => join(work, name));
    return (await Promise.all(mine.map((each) => readdir(each))))
      .flat()
      .filter((name) => name.startsWith('tree-'));
  };
  const baselineFolders = new Set(await folders());
  return {
    engine: lab.engine,
    owner: lab.owner,
    stranger: { ...lab.owner, principal: 'os:stranger' },
    maxSandboxes,
    shortLeaseSeconds: 4,
    revision: async (name, behaviour) => ({
      kind: 'tree',
      tree: await lab.tree(behaviourFile(name, behaviour)),
      ref: null,
    }),
    async leftovers() {
      const running = await processesMarked(`SEATRIAL_MARK=${lab.guard.mark}:`);
      return [
        ...running.filter(({ pid }) => !baseline.has(pid)).map(({ pid }) => `process ${pid}`),
        ...(await folders()).filter((name) => !baselineFolders.has(name)),
      ];
    },
    close: () => lab.close(),
  };
});
