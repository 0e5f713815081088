import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { KubeError, type WatchEvent } from './api.ts';
import { statusError } from './errors.ts';
import type { KubeObject } from './objects.ts';

/** No object in etcd comes near it. */
const maxLine = 16 * 1024 * 1024;

/** The events of one answer to a watch, a JSON object a line. Rejects where a line is none, or cut off by its end. */
export async function* watchEvents<T extends KubeObject>(
  answer: IncomingMessage,
  what: string,
): AsyncGenerator<WatchEvent<T>> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const part of answer as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(part)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLine) throw garbled(what, 'a line without end');
    for (const line of lines) if (line.trim() !== '') yield readEvent<T>(line, what);
  }
  if (rest.trim() !== '') throw garbled(what, 'its last line is cut off');
}

function readEvent<T extends KubeObject>(line: string, what: string): WatchEvent<T> {
  let event: { type?: unknown; object?: T };
  try {
    event = JSON.parse(line);
  } catch {
    throw garbled(what, 'a line is no JSON');
  }
  const object = event?.object;
  if (event?.type === 'ERROR') throw statusError(what, object);
  const version = object?.metadata?.resourceVersion;
  if (object === undefined || typeof version !== 'string') throw garbled(what, 'an event has no object');
  switch (event.type) {
    case 'ADDED':
      return { kind: 'added', object };
    case 'MODIFIED':
      return { kind: 'modified', object };
    case 'DELETED':
      return { kind: 'deleted', object };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: version };
    default:
      throw garbled(what, 'an event is of no known type');
  }
}

function garbled(what: string, why: string): KubeError {
  return new KubeError(0, 'Garbled', `${what}: ${why}`);
}
