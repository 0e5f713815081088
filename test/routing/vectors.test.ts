import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { parseKey } from '../../src/routing/key.ts';
import { startRouter } from '../../src/routing/node-router.ts';
import { HopRecorder } from '../../src/routing/recorder.ts';
import { RoutingTable } from '../../src/routing/table.ts';
import { baggage, deadAddress, get, headerOf, httpService, routed } from './support.ts';

/** The vectors are data that every router passes; this file runs them against the one in Node, over real sockets. */
function vectors<T>(name: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')));
}

const headers = z.array(z.tuple([z.string(), z.string()]));
const keys = vectors(
  'keys',
  z.strictObject({
    about: z.string(),
    keys: z.array(z.string()),
    cases: z.array(
      z.strictObject({
        name: z.string(),
        headers,
        key: z.string().nullable(),
        correlation: z.string().nullish(),
      }),
    ),
  }),
);
const routes = vectors(
  'routes',
  z.strictObject({
    about: z.string(),
    cases: z.array(
      z.strictObject({
        name: z.string(),
        table: z.strictObject({
          loaded: z.boolean().default(true),
          baselineDown: z.boolean().default(false),
          forks: z
            .array(
              z.strictObject({
                service: z.string(),
                key: z.string(),
                sandbox: z.string(),
                dead: z.boolean().default(false),
              }),
            )
            .default([]),
          refused: z
            .array(z.strictObject({ service: z.string(), key: z.string(), reason: z.string() }))
            .default([]),
          tombstones: z
            .array(z.strictObject({ key: z.string(), services: z.array(z.string()), reason: z.string() }))
            .default([]),
        }),
        key: z.string().nullable(),
        expect: z.strictObject({
          destination: z.enum(['fork', 'baseline', 'refused']),
          status: z.number(),
          counted: z.enum(['fork', 'baseline', 'refused']).nullable(),
          error: z.string().optional(),
          routed: z.string().optional(),
        }),
      }),
    ),
  }),
);

test.for(keys.cases)('key: $name', async (vector) => {
  const fork = await httpService((_, answer) => answer.end('fork'));
  const baseline = await httpService((_, answer) => answer.end('baseline'));
  const { address, recorder } = await routed(
    baseline,
    Object.fromEntries(keys.keys.map((key) => [key, fork])),
  );
  const got = await get(address, vector.headers);
  expect(got.body).toBe(vector.key === null ? 'baseline' : 'fork');
  for (const key of keys.keys) {
    const { counts } = recorder.receipt(key);
    if (key === vector.key) {
      const correlation = vector.correlation ?? null;
      expect(counts).toEqual([{ correlation, service: 'pricing', destination: 'fork', count: 1 }]);
    } else expect(counts).toEqual([]);
  }
  const read = vector.key === null ? null : { key: vector.key, correlation: vector.correlation ?? null };
  expect(parseKey(vector.headers)).toEqual(read);
});

test.for(routes.cases)('route: $name', async (vector) => {
  const fork = await httpService((_, answer) => answer.end('fork'));
  const baseline = vector.table.baselineDown
    ? await deadAddress()
    : await httpService((_, answer) => answer.end('baseline'));
  const table = new RoutingTable();
  const recorder = new HopRecorder();
  for (const { key, services, reason } of vector.table.tombstones) {
    table.tombstone(key, services, reason, Number.POSITIVE_INFINITY);
  }
  for (const { service, key, sandbox, dead } of vector.table.forks) {
    table.setFork(service, key, { address: dead ? await deadAddress() : fork, instance: 'one', sandbox });
  }
  for (const { service, key, reason } of vector.table.refused) table.setRefused(service, key, reason);
  if (vector.table.loaded) table.markLoaded();
  const router = await startRouter({ service: 'pricing', table, recorder, baseline: () => baseline });
  onTestFinished(() => router.close());

  const carriers = vector.key === null ? [] : [baggage(vector.key, '12345678')];
  const got = await get({ host: '127.0.0.1', port: router.port }, carriers);
  expect(got.status).toBe(vector.expect.status);
  if (vector.expect.destination !== 'refused') expect(got.body).toBe(vector.expect.destination);
  else expect(['fork', 'baseline']).not.toContain(got.body);
  expect(headerOf(got, 'x-seatrial-error')).toBe(vector.expect.error);
  expect(headerOf(got, 'x-seatrial-routed')).toBe(vector.expect.routed);
  const counts = vector.key === null ? [] : recorder.receipt(vector.key).counts;
  const counted = vector.expect.counted;
  const count = { correlation: '12345678', service: 'pricing', destination: counted, count: 1 };
  expect(counts).toEqual(counted === null ? [] : [count]);
});
