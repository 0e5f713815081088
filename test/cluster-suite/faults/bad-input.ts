import { describe, expect, test } from 'vitest';
import { applyYaml } from '../support/apply.ts';
import type { ForkOptions, Stage } from './stage.ts';

/** `code`: what agents see. `refusal`: what its requests get. */
interface Case {
  readonly code: string;
  readonly says: RegExp;
  readonly fork: ForkOptions;
  readonly refusal?: string;
}

const mode = (MODE: string): ForkOptions => ({ env: { MODE } });

/** Begun all at once, each looked at by itself. */
const forks: Readonly<Record<string, Case>> = {
  'its Service is missing': {
    code: 'service-missing',
    says: /no Service ghost/,
    fork: { service: 'ghost' },
  },
  'no workload is behind its Service': {
    code: 'workload-missing',
    says: /No Deployment is behind Service hollow/,
    fork: { service: 'hollow' },
  },
  'two Deployments are behind its Service': {
    code: 'workload-ambiguous',
    says: /twin-a, twin-b/,
    fork: { service: 'twins' },
  },
  'its image does not exist': {
    code: 'image-pull-failed',
    says: /registry\.invalid/,
    fork: { image: 'registry.invalid/none:1' },
  },
  'it crashes again and again': { code: 'service-exited', says: /exit code 7/, fork: mode('crash') },
  'it is killed for its memory': { code: 'service-exited', says: /memory/, fork: mode('oom') },
  'it is never ready': { code: 'service-not-ready', says: /readiness/, fork: mode('never-ready') },
  'it listens on another port': { code: 'service-not-ready', says: /8080|port/, fork: mode('wrong-port') },
};

const nameOf = (what: string) => what.replaceAll(/[^a-z]+/g, '-').slice(0, 40);

export function badInput(stage: () => Stage): void {
  describe('a sandbox fails by itself where', () => {
    let begun: Promise<unknown> | null = null;
    const beginAll = () => {
      begun ??= Promise.all(
        Object.entries(forks).map(([what, { fork }]) => stage().begin(nameOf(what), fork)),
      );
      return begun;
    };

    test.each(Object.entries(forks))(
      '%s: its requests are refused, and nothing is left',
      async (what, one) => {
        const { engine, caller, address, settled, clean, intact } = stage();
        await beginAll();
        const name = nameOf(what);
        const sandbox = await settled(name);
        expect(sandbox).toMatchObject({ state: 'failed', reason: { code: one.code } });
        expect(sandbox.reason?.message).toMatch(one.says);
        expect(sandbox.reason?.next).toMatch(/^[A-Z].*\.$/);
        if (one.fork.service === undefined) {
          const seen = await caller.ask(address, sandbox.routingKey, 5);
          expect(Object.keys(seen).filter((answer) => !/^503 fork-(not-ready|exited)$/.test(answer))).toEqual(
            [],
          );
          const refused = engine.endpoint('pricing', { kind: 'sandbox', name }, AbortSignal.timeout(10_000));
          await expect(refused).rejects.toMatchObject({ code: 'sandbox-not-ready' });
        }
        await clean(name);
        await intact();
      },
    );

    test('the quota is exceeded: its requests are refused until there is room, and nothing is left', async () => {
      const { cluster, namespace, caller, address, begin, settled, clean, intact, pods, engine } = stage();
      const running = (await pods('')).filter(({ status }) => status?.phase === 'Running').length;
      const spec = { hard: { pods: String(running) } };
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tight' }, spec };
      await applyYaml(cluster, JSON.stringify(quota), { namespace });
      await begin('crowded');
      const sandbox = await settled('crowded');
      expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'quota-exceeded' } });
      expect(sandbox.reason?.message).toMatch(/tight|quota/);
      expect(await caller.ask(address, sandbox.routingKey, 5)).toEqual({ '503 fork-not-ready': 5 });
      await cluster.kubectl(['-n', namespace, 'delete', 'resourcequota', 'tight']);
      for await (const now of engine.watch('crowded', AbortSignal.timeout(90_000))) {
        if (now.state === 'ready') break;
      }
      expect(await caller.ask(address, sandbox.routingKey, 5)).toEqual({ '200 crowded': 5 });
      await clean('crowded');
      await intact();
    });
  });
}
