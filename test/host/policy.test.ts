import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Shop, shop } from './shop.ts';
import { call, git } from './support.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

const policy = `severities:
  - { rule: removed-field, place: "$.cents", service: price, severity: harmless, reason: "it goes in May" }
`;
const openapi = {
  openapi: '3.0.3',
  paths: {
    '/mug': {
      get: {
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  required: ['sku'],
                  properties: { sku: { type: 'string' }, cents: { type: 'integer' } },
                },
              },
            },
          },
        },
      },
    },
  },
};

test('severities: a document softens, the baseline’s policy lowers, the change’s own lowers nothing', async () => {
  place.edit(
    'seatrial.yaml',
    'command: exec node price/server.mjs',
    'command: exec node price/server.mjs\n    openapi: price/openapi.json',
  );
  place.write('price/openapi.json', JSON.stringify(openapi));
  git(place.repo, 'add', '-A');
  git(place.repo, 'commit', '-q', '-m', 'document');
  place.edit('price/server.mjs', 'cents: 1250, ', '');
  const { client, repo: workingTree } = place;
  const { sandbox } = await client.provision({ workingTree, waitSeconds: 40 }, call());
  const requests = [{ id: 'mug', service: 'price', method: 'GET', path: '/mug' }];
  const diff = async () => {
    const asked = { workingTree, sandbox: sandbox.name, requests, waitSeconds: 40 };
    const { verdict } = await client.smartDiff(asked, call());
    return verdict;
  };
  const documented = await diff();
  expect(documented?.findings).toMatchObject([
    { rule: 'removed-field', severity: 'suspicious', place: '$.cents' },
  ]);
  expect(documented?.verdict).toBe('inconclusive');

  place.write('seatrial.policy.yaml', policy);
  const own = await diff();
  expect(own?.findings).toMatchObject([{ severity: 'suspicious' }]);
  expect(own?.reasons.map(({ code }) => code)).toEqual(['suspicious-finding']);
  expect(own?.warnings[0]).toContain('once the baseline has it');

  place.write(
    'seatrial.policy.yaml',
    'severities: [{ rule: removed-field, severity: harmless, reason: x }]\n',
  );
  await expect(diff()).rejects.toMatchObject({ code: 'invalid-policy' });
  await client.teardown({ workingTree, sandbox: sandbox.name }, call());
});
