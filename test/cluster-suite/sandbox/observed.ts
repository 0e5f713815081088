import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { agentsOn } from '../faults/agents-on.ts';
import { priced } from '../faults/app.ts';
import type { Stage } from '../faults/stage.ts';
import { deployment, service } from '../support/workload.ts';
import { add } from './add.ts';

/** Asks `tax` as often as CALLS says, each time over a new connection, and hands the key on. */
const front = `
const { createServer, get } = require('node:http');
process.on('SIGTERM', () => process.exit(0));
const ask = (baggage) => new Promise((done) => get({ host: 'tax', headers: { baggage }, agent: false }, (answer) => {
  answer.resume().on('end', () => done(answer.statusCode));
}).on('error', () => done(502)));
createServer(async (request, response) => {
  const { baggage = '' } = request.headers;
  if (request.url === '/ready') return response.end();
  for (let call = 0; call < Number(process.env.CALLS ?? 1); call += 1) response.statusCode = await ask(baggage);
  response.end('priced');
}).listen(8080);`;

const services = (observe: boolean) => `
  front: { paths: [front.mjs] }
  tax: { paths: [tax.mjs], observe: ${observe} }`;

const requests = [{ id: 'ask', service: 'front', method: 'GET', path: '/' }];

export function observed(stage: () => Stage): void {
  const open = agentsOn(stage, { services: services(false), plans: {} });

  describe('a Service that is not forked', () => {
    test('is enrolled and counted where it is observed, and calls to it that multiply are a finding', async () => {
      const own = stage();
      const command = ['node', '-e', front];
      await add(own, [
        priced('tax', own.image),
        service('tax'),
        deployment({ name: 'front', image: own.image, command, path: '/ready' }),
        service('front'),
      ]);
      const { agent, scratch, tree, configure } = await open();
      const fork = (revision: string) => [
        { service: 'front', image: own.image, revision, env: { CALLS: '2' } },
      ];
      const counts = async () => {
        const { sandboxes } = await agent.call('inspect_sandbox', { sandbox: 'watched' });
        return (sandboxes[0]?.receipt.counts ?? []).map(({ service: name, destination }) => [
          name,
          destination,
        ]);
      };
      const ready = await agent.done('provision_sandbox', { name: 'watched', changes: fork(tree) });
      expect(ready.state, ready.text).toBe('ready');
      // Over a connection of its own: one from before the swap stays where it leads.
      const asked = async (url: string) => {
        const [answer] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
        await once(answer.resume(), 'end');
        return counts();
      };
      // Nodes learn of the swap a moment after the API; until then requests meet no router.
      await expect.poll(() => asked(ready.urls.front ?? '')).toEqual([['front', 'fork']]);
      const blind = await agent.done('smart_diff', { sandbox: 'watched', requests });
      expect(blind.findings, blind.text).toEqual([]);
      expect(await counts()).toEqual([['front', 'fork']]);

      // Written into seatrial.yaml while it lives, it holds from the next call on, and the fork stays.
      configure(services(true));
      const [pod] = await own.pods('seatrial.dev/sandbox=watched');
      const again = await agent.done('provision_sandbox', { sandbox: 'watched' });
      expect(again.state, again.text).toBe('ready');
      await expect
        .poll(() => asked(again.urls.front ?? ''))
        .toEqual([
          ['front', 'fork'],
          ['tax', 'baseline'],
        ]);
      expect((await own.pods('seatrial.dev/sandbox=watched')).map(({ metadata }) => metadata.uid)).toEqual([
        pod?.metadata.uid,
      ]);
      expect(await agent.call('teardown', { sandbox: 'watched' })).toMatchObject({ left: [] });

      scratch.git('commit', '--quiet', '--all', '--message=observe');
      const revision = scratch.git('rev-parse', 'HEAD^{tree}');
      const seen = await agent.done('provision_sandbox', { name: 'watched', changes: fork(revision) });
      expect(seen.state, seen.text).toBe('ready');
      const found = await agent.done('smart_diff', { sandbox: 'watched', requests });
      expect(found.verdict, found.text).toBe('failed');
      expect(found.findings).toMatchObject([{ rule: 'calls-multiplied', severity: 'breaking' }]);
      expect(found.text).toMatch(/tax/);
      expect(await agent.call('teardown', { sandbox: 'watched' })).toMatchObject({ left: [] });
      expect(await own.objectsOf('watched')).toEqual([]);
      await agent.close();
    });
  });
}
