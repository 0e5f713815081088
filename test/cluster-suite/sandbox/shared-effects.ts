import { describe, expect, test } from 'vitest';
import { agentsOn } from '../faults/agents-on.ts';
import { server } from '../faults/app.ts';
import type { Stage } from '../faults/stage.ts';
import { deployment, service } from '../support/workload.ts';
import { add, addressOf } from './add.ts';

/** What each does beside requests, as its Deployment shows it. */
const effects = {
  mailer: /consumes a queue/,
  ticker: /runs work by the clock/,
  schema: /runs migrations at start/,
  quiet: /has no Service/,
} as const;
const names = Object.keys(effects) as readonly (keyof typeof effects)[];

const services = (allowed: readonly string[]) =>
  names
    .map((name) => {
      const allow = allowed.includes(name) ? ', sharedEffects: allow' : '';
      return `  ${name}: { paths: [${name}.mjs], workload: ${name}${allow} }`;
    })
    .join('\n');

function workloads(image: string): readonly object[] {
  const running = (name: string, ...args: readonly string[]) =>
    deployment({ name, image, command: ['node', '-e', server, '--', ...args] });
  const migrating = deployment({
    name: 'schema',
    image,
    command: ['node', '-e', server],
    pod: { initContainers: [{ name: 'migrate', image, command: ['true'] }] },
  });
  return [
    running('mailer', 'queue:work'),
    service('mailer'),
    running('ticker', 'cron'),
    service('ticker'),
    migrating,
    service('schema'),
    running('quiet'),
  ];
}

export function sharedEffects(stage: () => Stage): void {
  const open = agentsOn(stage, { services: services([]), plans: {} });

  describe('a workload that acts on shared state', () => {
    test('is refused with what it does and what to set, and forked once that is set', async () => {
      const own = stage();
      await add(own, workloads(own.image));
      const { agent, tree, configure } = await open();
      const changes = names.map((name) => ({ service: name, image: own.image, revision: tree }));
      const refused = await agent.done('provision_sandbox', { name: 'acting', changes });
      expect(refused.state, refused.text).toBe('failed');
      expect(refused.reason).toMatchObject({
        code: 'shared-effects',
        next: expect.stringMatching(/set services\.\w+\.sharedEffects: allow in seatrial\.yaml/),
      });
      expect(refused.forks.map(({ message }) => message)).toEqual(
        names.map((name) => expect.stringMatching(effects[name])),
      );
      expect(await own.objectsOf('acting')).toEqual([]);

      configure(services(['mailer', 'schema', 'quiet']));
      const held = await agent.done('provision_sandbox', { sandbox: 'acting' });
      expect(held, held.text).toMatchObject({ state: 'failed', reason: { code: 'shared-effects' } });
      expect(held.reason?.message).toMatch(/^ticker: /);
      // Whoever keeps the baseline may say that it is not so.
      const none = ['annotate', 'deployment', 'ticker', 'seatrial.dev/shared-effects=none'];
      await own.cluster.kubectl(['-n', own.namespace, ...none]);
      for await (const { state } of own.engine.watch('acting', AbortSignal.timeout(60_000))) {
        if (state === 'ready') break;
      }
      const ready = await agent.done('provision_sandbox', { sandbox: 'acting' });
      expect(ready.forks.map(({ ready: is }) => is)).toEqual(names.map(() => true));
      const served = names.filter((name) => name !== 'quiet');
      for (const name of served) {
        const address = await addressOf(own, name);
        const asked = () => own.caller.ask(address, ready.key, 2);
        await expect.poll(asked, { interval: 500 }).toEqual({ '200 acting': 2 });
        expect(await own.caller.ask(address, null, 2)).toEqual({ '200 baseline': 2 });
      }
      expect(await agent.call('teardown', { sandbox: 'acting' })).toMatchObject({ left: [] });
      expect(await own.objectsOf('acting')).toEqual([]);
      await agent.close();
    });
  });
}
