import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openRepository } from '../../src/git/repository.ts';
import { mergeStale, staleForks } from '../../src/host/runs/stale.ts';
import { judge } from '../../src/verdict/judge.ts';
import { scratchRepository } from '../support/scratch-repository.ts';
import { fork, passing } from '../verdict/fixture.ts';

const signal = new AbortController().signal;
const settings = `services:
  pricing:
    paths: [pricing/**]
    command: node pricing/server.mjs
    ready: tcp
  tax:
    paths: [tax/**]
    command: node tax/server.mjs
    ready: tcp
`;

/** What is stale of a fork of `pricing` made from the working tree, whose image was given as `HEAD` before. */
async function staleAfter(changes: Readonly<Record<string, string>>, earlier?: readonly string[]) {
  using scratch = scratchRepository({ 'seatrial.yaml': settings, 'pricing/server.mjs': 'old\n' });
  const first = scratch.git('rev-parse', 'HEAD');
  for (const [path, text] of Object.entries(changes)) scratch.write(path, text);
  const place = { objects: join(scratch.folder, 'objects'), env: scratch.env };
  const repository = await openRepository(scratch.root, place, signal);
  const { config } = await loadConfig({ root: scratch.root, env: {} });
  const owner = { principal: 'os:ann', repository: scratch.root, workingTree: scratch.root };
  const revision = {
    kind: 'image',
    image: 'pricing:dev',
    digest: 'sha256:1',
    revision: await repository.workingTree(signal),
    earlier: [...(earlier ?? []), ...(earlier?.length === 1 ? [] : [first])],
  } as const;
  const tree = { repository, config, owner, env: {} };
  return { first, stale: await staleForks(tree, [fork('pricing', { revision })], [], signal) };
}

test('stale-fork: a tag that was pushed again runs the code of before under the revision of now', async () => {
  const { first, stale } = await staleAfter({ 'pricing/server.mjs': 'new\n', 'tax/server.mjs': 'new\n' });
  expect(stale).toMatchObject([{ service: 'pricing', paths: ['pricing/server.mjs'], imageOf: first }]);
  expect(mergeStale(stale, stale)).toEqual(stale);
  const verdict = judge({ ...passing(), forks: { ...passing().forks, stale } });
  expect(verdict).toMatchObject({ verdict: 'inconclusive', reasons: [{ code: 'stale-fork' }] });
  expect(verdict.reasons[0]?.message).toContain('runs the very image that revision');
  expect(verdict.next).toContain('--label org.opencontainers.image.revision');
});

test('an image that stayed the same is none where nothing that makes the service changed', async () => {
  expect((await staleAfter({ 'tax/server.mjs': 'new\n' })).stale).toEqual([]);
});

test('what another repository called the image says nothing', async () => {
  expect((await staleAfter({ 'pricing/server.mjs': 'new\n' }, ['f'.repeat(40)])).stale).toEqual([]);
});

test('the first revision that git knows counts, as of a baseline that tells a commit of elsewhere', async () => {
  const { first, stale } = await staleAfter({ 'pricing/server.mjs': 'new\n' }, ['f'.repeat(40), 'c0ffee0']);
  expect(stale).toMatchObject([{ service: 'pricing', imageOf: first }]);
});
