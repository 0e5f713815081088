import type { Lookup } from '../util/template.ts';
import { UnsendableError } from './render.ts';
import { uniqueValue } from './unique.ts';

/** What the references of one pass refer to. */
export interface Scope {
  readonly params: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** By request id, then by the name of the capture; grows as answers come. */
  readonly captured: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly seed: string;
  readonly pass: number;
}

/** Throws UnsendableError where a reference has no value; the message names the reference, never a value. */
export function lookupIn(scope: Scope): Lookup {
  return (path) => {
    const [root, ...rest] = path;
    const found = resolve(scope, root ?? '', rest);
    if (found === undefined) throw new UnsendableError(`the reference ${path.join('.')} has no value`);
    return found;
  };
}

function resolve(scope: Scope, root: string, path: readonly string[]): unknown {
  const [first = '', ...rest] = path;
  switch (root) {
    case 'params':
      return inside(own(scope.params, first), rest);
    case 'secrets':
      return inside(own(scope.secrets, first), rest);
    case 'steps':
      return inside(scope.captured.get(first), rest);
    case 'unique':
      return first === '' || rest.length > 0 ? undefined : uniqueValue(scope.seed, scope.pass, first);
    default:
      return undefined;
  }
}

function inside(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => own(at, key), value);
}

function own(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
