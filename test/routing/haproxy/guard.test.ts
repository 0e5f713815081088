import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { haproxyPaths } from '../../../src/routing/haproxy/config.ts';
import { mapEntries } from '../../../src/routing/haproxy/entries.ts';
import { HopFeed } from '../../../src/routing/haproxy/hop-feed.ts';
import { routerLua } from '../../../src/routing/haproxy/lua.ts';
import type { Receipt } from '../../../src/sandbox/hop.ts';
import { startHaproxy } from '../haproxy-process.ts';
import { baggage, get, headerOf, httpService, keyA } from '../support.ts';

/** A keyed request through a HAProxy whose Lua was changed: who answered, and what the receipt says of it. */
async function through(
  from: string,
  to: string,
  beats = true,
): Promise<{ body: string; error: string | undefined; receipt: Receipt }> {
  const haproxy = await startHaproxy();
  const paths = haproxyPaths(haproxy.folder);
  const lua = routerLua(paths.table);
  expect(lua.split(from).length, `once in the Lua: ${from}`).toBe(2);
  await writeFile(paths.lua, lua.replace(from, to));
  await haproxy.restart();
  const { runtime, httpPorts } = haproxy;
  const [routerPort = 0] = httpPorts;
  const baseline = await httpService((_, answer) => answer.end('baseline'));
  const fork = await httpService((_, answer) => answer.end('fork'));
  const ports = [{ service: 'pricing', routerPort, protocol: 'http' as const, baseline, close: false }];
  const forks = [
    {
      kind: 'fork' as const,
      service: 'pricing',
      key: keyA,
      sandbox: 'pr-1',
      instance: 'pod/0',
      addresses: new Map([[routerPort, fork]]),
    },
  ];
  await runtime.load(mapEntries({ ports, forks, tombstones: [] }));
  if (beats) await runtime.beat(await runtime.epoch());
  const got = await get({ host: '127.0.0.1', port: routerPort }, [baggage(keyA, '12345678')]);
  const receipt = await new HopFeed({ runtime }).receipt(keyA, {});
  return { body: got.body, error: headerOf(got, 'x-seatrial-error'), receipt };
}

const lookup = "entry = routes:lookup(port .. ':' .. key)";
const beatCheck = 'seconds - beat > beat_seconds';

test('as it is: the fork answers, and its hop is in the receipt', async () => {
  const { body, receipt } = await through(lookup, lookup);
  expect(body).toBe('fork');
  expect(receipt.counts).toMatchObject([{ destination: 'fork', count: 1 }]);
});

test('a router that sends everything to the baseline proves nothing: no receipt names a fork', async () => {
  const { body, receipt } = await through(lookup, 'entry = nil');
  expect(body).toBe('baseline');
  expect(receipt.counts).toMatchObject([{ destination: 'baseline', count: 1 }]);
});

test('the beat is what keeps keyed requests back where no agent vouches for the table', async () => {
  expect((await through(beatCheck, beatCheck, false)).error).toBe('router-not-loaded');
  expect((await through(beatCheck, 'false', false)).body).toBe('fork');
});
