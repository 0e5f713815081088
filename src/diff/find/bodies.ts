import type { Reading } from '../read/answer.ts';
import { parseJson } from '../read/json.ts';
import { canonical, type Node } from '../read/node.ts';
import type { Slot } from './row.ts';

/**
 * The bodies to compare: those of the status class that the baseline has most, as an error's body is not compared with
 * a success's. Null where the baseline never answers.
 */
export function comparableBodies(all: readonly Reading[], baseline: number): Slot[] | null {
  const counts = new Map<number, number>();
  for (const reading of all.slice(0, baseline)) {
    if (reading.status !== null) counts.set(classOf(reading), (counts.get(classOf(reading)) ?? 0) + 1);
  }
  const ranked = [...counts].sort(
    ([oneClass, one], [otherClass, other]) => other - one || oneClass - otherClass,
  );
  const main = ranked[0]?.[0];
  if (main === undefined) return null;
  const model = all.slice(0, baseline).find((reading) => classOf(reading) === main && reading.body !== null);
  return all.map((reading): Slot => {
    if (classOf(reading) !== main) return 'outside';
    return model === undefined ? (reading.body ?? 'absent') : bodyLike(reading, model);
  });
}

function classOf({ status }: Reading): number {
  return status === null ? -1 : Math.floor(status / 100);
}

/**
 * Under another content type the form of the body is told by `content-type-changed` alone; what it says is still
 * compared where it can be read as the baseline's is.
 */
function bodyLike(reading: Reading, model: Reading): Slot {
  const { body } = reading;
  if (body === null) return 'absent';
  if (reading.form === model.form || typeOf(reading) === typeOf(model)) return body;
  if (model.form === 'json' && body.kind === 'opaque' && body.what === 'text') {
    const parsed = parseJson(body.raw);
    return parsed.kind === 'parsed' ? parsed.node : 'outside';
  }
  if (model.form === 'text' && reading.form === 'json')
    return { kind: 'opaque', what: 'text', raw: body.raw };
  return 'outside';
}

function typeOf({ headers }: Reading): string {
  const type: Node | undefined = headers.get('content-type');
  return type === undefined ? '' : canonical(type);
}
