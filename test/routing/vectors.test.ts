import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseKey } from '../../src/routing/key.ts';
import { describeRouters } from './routers.ts';
import { baggage, deadAddress, get, headerOf, httpService } from './support.ts';

/** The vectors are data that every router passes, over real sockets. */
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

test.for(keys.cases)('key as the client reads it: $name', (vector) => {
  const read = vector.key === null ? null : { key: vector.key, correlation: vector.correlation ?? null };
  expect(parseKey(vector.headers)).toEqual(read);
});

describeRouters(({ open }) => {
  test.for(keys.cases)('key: $name', async (vector) => {
    const fork = await httpService((_, answer) => answer.end('fork'));
    const baseline = await httpService((_, answer) => answer.end('baseline'));
    const forks = keys.keys.map((key) => ({ service: 'pricing', key, sandbox: 'pr-1', address: fork }));
    const { address, receipt } = await open({ baseline, forks });
    const got = await get(address, vector.headers);
    expect(got.body).toBe(vector.key === null ? 'baseline' : 'fork');
    for (const key of keys.keys) {
      const { counts } = await receipt(key);
      if (key === vector.key) {
        const correlation = vector.correlation ?? null;
        expect(counts).toEqual([
          { correlation, service: 'pricing', destination: 'fork', instance: 'one', count: 1, failed: 0 },
        ]);
      } else expect(counts).toEqual([]);
    }
  });

  test.for(routes.cases)('route: $name', async (vector) => {
    const fork = await httpService((_, answer) => answer.end('fork'));
    const baseline = vector.table.baselineDown
      ? await deadAddress()
      : await httpService((_, answer) => answer.end('baseline'));
    const { forks, ...table } = vector.table;
    const addressed = forks.map(async ({ dead, ...one }) => ({
      ...one,
      address: dead ? await deadAddress() : fork,
    }));
    const router = await open({ ...table, baseline, forks: await Promise.all(addressed) });

    const carriers = vector.key === null ? [] : [baggage(vector.key, '12345678')];
    const got = await get(router.address, carriers);
    expect(got.status).toBe(vector.expect.status);
    if (vector.expect.destination !== 'refused') expect(got.body).toBe(vector.expect.destination);
    else expect(['fork', 'baseline']).not.toContain(got.body);
    expect(headerOf(got, 'x-seatrial-error')).toBe(vector.expect.error);
    expect(headerOf(got, 'x-seatrial-routed')).toBe(vector.expect.routed);
    const { counts } = vector.key === null ? { counts: [] } : await router.receipt(vector.key);
    const counted = vector.expect.counted;
    const instance = counted === 'fork' ? { instance: 'one' } : {};
    const count = {
      correlation: '12345678',
      service: 'pricing',
      destination: counted,
      ...instance,
      count: 1,
      ...(counted === 'refused' ? {} : { failed: 0 }),
    };
    expect(counts).toEqual(counted === null ? [] : [count]);
  });
});
