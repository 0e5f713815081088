import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { type Informer, startInformer } from '../../src/kube/informer.ts';
import type { ListWatchTimes } from '../../src/kube/list-watch.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { fakeApi, line, pod } from './support.ts';

const times: ListWatchTimes = { silenceMs: 300, firstPauseMs: 5, longestPauseMs: 20 };

interface Scripted {
  readonly informer: Informer<KubeObject>;
  readonly changes: string[];
  readonly errors: string[];
  readonly requests: string[];
  names(): string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An informer of pods at a server that answers lists and watches by turns; the last answer of each is for all more. */
async function scripted(lists: readonly Answer[], watches: readonly Answer[]): Promise<Scripted> {
  let listed = 0;
  let watched = 0;
  const api = await fakeApi((request, response) => {
    const isWatch = request.url?.includes('watch=1') === true;
    const turn = isWatch
      ? watches[Math.min(watched, watches.length - 1)]
      : lists[Math.min(listed, lists.length - 1)];
    if (isWatch) watched += 1;
    else listed += 1;
    turn?.(response, request);
  });
  const end = new AbortController();
  const changes: string[] = [];
  const errors: string[] = [];
  const informer = startInformer<KubeObject>(
    api.kube,
    resources.pods,
    { namespace: 'shop', times, onError: ({ reason }) => errors.push(reason) },
    end.signal,
  );
  informer.onChange(({ kind, object }) =>
    changes.push(`${kind} ${object.metadata.name} ${object.metadata.resourceVersion}`),
  );
  onTestFinished(async () => {
    end.abort();
    await informer.ended;
  });
  const names = () =>
    informer
      .list()
      .map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
      .sort()
      .join(', ');
  return { informer, changes, errors, requests: api.requests, names };
}

const list =
  (version: number, ...items: object[]): Answer =>
  (response) =>
    response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items }));

const open =
  (...lines: string[]): Answer =>
  (response) =>
    response.write(lines.join('') || '\n');

const closed =
  (...lines: string[]): Answer =>
  (response) =>
    response.end(lines.join(''));

const watchesOf = (requests: readonly string[]) =>
  requests.flatMap((request) =>
    /watch=1/.test(request) ? [/resourceVersion=(\d+)/.exec(request)?.[1]] : [],
  );

test('lists, then follows from there', async () => {
  const events = [line('ADDED', pod('b', 11)), line('MODIFIED', pod('a', 12)), line('DELETED', pod('b', 13))];
  const { informer, changes, names, requests } = await scripted([list(10, pod('a', 1))], [open(...events)]);
  await informer.synced;
  await expect.poll(() => changes).toEqual(['added a 1', 'added b 11', 'modified a 12', 'deleted b 13']);
  expect(names()).toBe('a 12');
  expect(watchesOf(requests)).toEqual(['10']);
});

test('takes a list in pages', async () => {
  const page: Answer = (response, { url = '' }) => {
    const last = url.includes('continue=more');
    const metadata = { resourceVersion: '10', ...(last ? {} : { continue: 'more' }) };
    response.end(JSON.stringify({ metadata, items: [pod(last ? 'b' : 'a', 1)] }));
  };
  const { informer, names } = await scripted([page], [open()]);
  await informer.synced;
  expect(names()).toBe('a 1, b 1');
});

test('goes on from the last event, or the last bookmark, when the server ends the watch', async () => {
  const { requests, changes } = await scripted(
    [list(10)],
    [closed(line('ADDED', pod('a', 11))), closed(line('BOOKMARK', pod('', 20))), open()],
  );
  await expect.poll(() => watchesOf(requests)).toEqual(['10', '11', '20']);
  expect(changes).toEqual(['added a 11']);
});

test('goes on from the last event when the connection breaks in the middle of a line', async () => {
  const cut: Answer = (response) => {
    response.write(line('ADDED', pod('a', 11)));
    response.write('{"type":"ADDED","obj', () => response.destroy());
  };
  const { requests, changes, errors } = await scripted([list(10)], [cut, open(line('ADDED', pod('b', 12)))]);
  await expect.poll(() => changes).toEqual(['added a 11', 'added b 12']);
  expect(watchesOf(requests)).toEqual(['10', '11']);
  expect(errors).toEqual(['Unreachable']);
});

test.for([
  [
    '410 as an event',
    closed(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })),
  ],
  [
    '410 as the answer',
    (response: ServerResponse) => {
      response.statusCode = 410;
      response.end('{"kind":"Status","code":410,"reason":"Expired","message":"too old"}');
    },
  ],
  ['a line that is no JSON', open('{"type":\n')],
  ['an event without an object', open('{"type":"ADDED"}\n')],
  ['an event of no known type', open(line('MOVED', pod('a', 11)))],
  ['a last line that is cut off', closed('{"type":"ADD')],
] as const)('lists anew after %s, and tells of what went meanwhile', async ([, broken]) => {
  const { changes, names, errors } = await scripted(
    [list(10, pod('a', 1), pod('b', 2)), list(30, pod('b', 25), pod('c', 26))],
    [broken, open()],
  );
  await expect.poll(names).toBe('b 25, c 26');
  expect(changes).toEqual(['added a 1', 'added b 2', 'deleted a 1', 'modified b 25', 'added c 26']);
  expect(errors).toHaveLength(1);
});

test('tells of an object that was made anew under its name as of two', async () => {
  const { changes } = await scripted(
    [list(10, pod('a', 1)), list(30, pod('a', 25, { uid: 'another' }))],
    [open('garbage\n'), open()],
  );
  await expect.poll(() => changes).toEqual(['added a 1', 'deleted a 1', 'added a 25']);
});

test('takes a watch that is silent for dead, and watches anew', async () => {
  const { requests, errors } = await scripted([list(10)], [open(), open(), open()]);
  await expect.poll(() => watchesOf(requests).length, { timeout: 5_000 }).toBeGreaterThan(2);
  expect(errors).toContain('Silent');
  expect(requests.filter((request) => !request.includes('watch=1'))).toHaveLength(1);
});

test('keeps asking while the API refuses, and says so', async () => {
  const refuse: Answer = (response) => {
    response.statusCode = 403;
    response.end('{"reason":"Forbidden","message":"pods is forbidden"}');
  };
  const { informer, errors } = await scripted([refuse, refuse, list(10, pod('a', 1))], [open()]);
  await informer.synced;
  expect(errors).toEqual(['Forbidden', 'Forbidden']);
});

test('reads characters and lines that come in pieces', async () => {
  const bytes = Buffer.from(line('ADDED', pod('a', 11, { labels: { name: 'Zürich ☕' } })));
  const slow: Answer = (response) => {
    let at = 0;
    const next = () => {
      if (at >= bytes.length) return;
      response.write(bytes.subarray(at, at + 7), () => setImmediate(next));
      at += 7;
    };
    next();
  };
  const { informer } = await scripted([list(10)], [slow]);
  await expect.poll(() => informer.get('shop', 'a')?.metadata.labels?.name).toBe('Zürich ☕');
});
