import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { plan, priceAnswer } from './shop.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  const step =
    'id: one\nhttp: { service: price, path: /mug, timeoutMs: 1500 }\nexpect:\n  status: 200\n  body: { $.cents: 1250 }';
  const compared = 'id: same\nsmart_diff: { steps: [one] }';
  const patient = step.replace('1500', '60000');
  world = await openWorld({
    'plans/shown.md': plan('shown', [step, compared]),
    'plans/patient.md': plan('patient', [patient, compared]),
  });
  await world.witness();
});
afterEach(async () => {
  await world.reset();
  await world.holds();
  await world.settled();
});
afterAll(() => world.end());

const large = "for (let i = 0; i < 50; i += 1) response.write(Buffer.alloc(1_000_000, 'x')); response.end();";

/** An answer that is wrong is a result, proven by the fork: failed, with a finding that says what a client would feel. */
test.each<[string, string, RegExp]>([
  [
    'that is not JSON',
    "response.setHeader('content-type', 'application/json'); response.end('<html>sorry</html>');",
    /html|JSON/,
  ],
  [
    'that is JSON cut short',
    "response.setHeader('content-type', 'application/json'); response.end('{ \"cents\": 12');",
    /JSON|cents/,
  ],
  ['that is empty', 'response.end();', /cents|empty|JSON/],
  ['of 50 MB', large, /cents|large|JSON|bytes/],
  [
    'of 50 MB of JSON',
    `response.write('{ "cents": 1250, "x": "'); ${large.replace('response.end()', "response.end('\" }')")}`,
    /large|JSON|bytes|cents/,
  ],
  ['that never begins', '', /1\.5 s|time/],
  [
    'that never ends',
    "response.write('{'); setInterval(() => response.write(' '), 20).unref();",
    /1\.5 s|time/,
  ],
  [
    'that never ends and floods',
    "const more = () => { while (!response.destroyed && response.write('x'.repeat(65536))); if (!response.destroyed) response.once('drain', more); }; more();",
    /time|large|bytes|cents|JSON/,
  ],
  [
    'that breaks off',
    "response.writeHead(200, { 'content-length': 100 }); response.write('{ \"cents\":'); setTimeout(() => response.destroy(), 50);",
    /broke|closed|reset|answer/,
  ],
  ['that breaks off before it begins', 'request.socket.destroy();', /502|broke|closed|reset|answer/],
  [
    'with a header that is none',
    "request.socket.end('HTTP/1.1 200 OK\\r\\nno header\\r\\n\\r\\n{}');",
    /502|answer|header/,
  ],
])('an answer %s: failed with a finding, and the result stays small', async (what, answer, named) => {
  world.edit('price/server.mjs', priceAnswer, answer);
  expect(await world.agent.done('provision_sandbox', { name: 'wrong' })).toMatchObject({ state: 'ready' });
  const plan = /never/.test(what) ? 'shown' : 'patient';
  const { verdict, reasons, findings, text, next } = await world.agent.done('run_plan', {
    plan,
    sandbox: 'wrong',
  });
  expect(verdict, text).toBe('failed');
  expect(reasons.map(({ code }) => code)).toContain('breaking-finding');
  expect(findings[0]).toMatchObject({ severity: 'breaking' });
  expect(text).toMatch(named);
  expect(text.length).toBeLessThan(8000);
  expect(next.length).toBeGreaterThan(10);
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${world.host()}/status`, 'utf8'))?.[1];
  expect(Number(peak)).toBeLessThan(600_000);
});

test('answers that are wrong on both sides are not held against the change, and prove nothing', async () => {
  world.edit('price/server.mjs', 'cents: 1250', 'cents: 1400');
  await world.agent.done('provision_sandbox', { name: 'same' });
  const requests = ['/break'].map((path, at) => ({
    id: `r${at}`,
    service: 'price',
    method: 'GET',
    path,
  }));
  const run = await world.agent.done('smart_diff', { sandbox: 'same', requests });
  expect(run.verdict, run.text).toBe('inconclusive');
});
