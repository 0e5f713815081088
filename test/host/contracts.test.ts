import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Shop, shop } from './shop.ts';
import { call, git } from './support.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

const document = (parameters: readonly object[]) =>
  JSON.stringify({ openapi: '3.0.3', paths: { '/mug': { get: { parameters } } } });
const limit = { in: 'query', name: 'limit', required: true };

test('a document that takes less than the baseline’s keeps a run from passing, until that is wanted', async () => {
  place.edit(
    'seatrial.yaml',
    'command: exec node price/server.mjs',
    'command: exec node price/server.mjs\n    openapi: price/openapi.json',
  );
  place.write('price/openapi.json', document([]));
  git(place.repo, 'add', '-A');
  git(place.repo, 'commit', '-q', '-m', 'document');
  const base = git(place.repo, 'rev-parse', 'HEAD').trim();
  place.write('price/openapi.json', document([limit]));
  const { client, repo: workingTree } = place;
  const { sandbox } = await client.provision({ workingTree, waitSeconds: 40 }, call());
  const requests = [{ id: 'mug', service: 'price', method: 'GET', path: '/mug' }];
  const diff = async () => {
    const asked = { workingTree, sandbox: sandbox.name, requests, waitSeconds: 40 };
    return (await client.smartDiff(asked, call())).verdict;
  };
  const narrowed = await diff();
  expect(narrowed).toMatchObject({
    verdict: 'inconclusive',
    reasons: [{ code: 'contract-narrowed', service: 'price' }],
    findings: [{ rule: 'request-required', place: 'request:query.limit', request: 'GET /mug' }],
  });

  const entry = {
    fingerprint: narrowed?.findings[0]?.fingerprint,
    reason: 'all send it',
    base,
    expected: 'limit',
  };
  place.write('seatrial.expected.yaml', JSON.stringify([entry]));
  expect(await diff()).toMatchObject({
    verdict: 'passed',
    findings: [],
    expected: [{ rule: 'request-required' }],
  });

  const again = { workingTree, sandbox: sandbox.name, changes: [{ service: 'price' }], waitSeconds: 40 };
  place.write('price/openapi.json', document([]));
  await client.provision(again, call());
  expect(await diff()).toMatchObject({ verdict: 'failed', reasons: [{ code: 'expected-change-absent' }] });

  place.write('seatrial.expected.yaml', '[]');
  place.write('price/openapi.json', '{ "swagger": "2.0" }');
  await client.provision(again, call());
  const unread = await diff();
  expect(unread?.warnings.join(' ')).toContain('in the working tree it has no `openapi` version');
});
