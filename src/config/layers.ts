import { configReference } from './reference.ts';
import type { ConfigFile } from './schema.ts';

export type Origin = 'default' | 'file' | 'environment' | 'flag';

export interface Layers {
  /** The file's value with environment and flags laid over it. */
  readonly value: unknown;
  /** By key: which variable or flag gave it. */
  readonly givenBy: ReadonlyMap<string, { readonly origin: Origin; readonly name: string }>;
}

/** Lays environment over the file and flags over both. An empty variable counts as not set. */
export function layOver(
  file: unknown,
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>>,
): Layers {
  const givenBy = new Map<string, { origin: Origin; name: string }>();
  if (!isRecord(file)) return { value: file, givenBy };
  const value: Record<string, unknown> = { ...file };
  for (const { key, type, env: variable, flag } of configReference()) {
    if (variable === null || flag === null) continue;
    const fromFlag = flags[key];
    const fromEnv = env[variable];
    const given = fromFlag ?? (fromEnv === '' ? undefined : fromEnv);
    if (given === undefined) continue;
    if (!setIn(value, key.split('.'), toScalar(given, type))) continue;
    const isFlag = fromFlag !== undefined;
    givenBy.set(key, { origin: isFlag ? 'flag' : 'environment', name: isFlag ? flag : variable });
  }
  return { value, givenBy };
}

/** By key, such as `baseline.ref` or `services.tax.ready`: where its value comes from. */
export function originsOf(parsed: ConfigFile, file: unknown, layers: Layers): Record<string, Origin> {
  const origins: Record<string, Origin> = {};
  const note = (path: readonly string[]): void => {
    const key = path.join('.');
    origins[key] = layers.givenBy.get(key)?.origin ?? (hasIn(file, path) ? 'file' : 'default');
  };
  for (const key of Object.keys(parsed)) {
    if (!['baseline', 'kubernetes', 'services', 'secrets'].includes(key)) note([key]);
  }
  note(['baseline', 'ref']);
  for (const key of Object.keys(parsed.kubernetes ?? {})) note(['kubernetes', key]);
  for (const [name, secret] of Object.entries(parsed.secrets)) {
    for (const key of Object.keys(secret)) note(['secrets', name, key]);
  }
  for (const [name, service] of Object.entries(parsed.services)) {
    for (const key of Object.keys(service)) note(['services', name, key]);
  }
  return origins;
}

/** Variables and flags are text; where a number is asked for, digits are one. */
function toScalar(text: string, type: string): string | number {
  return type.startsWith('number') && /^\d{1,9}$/.test(text) ? Number(text) : text;
}

function setIn(
  target: Record<string, unknown>,
  [first, second]: readonly string[],
  given: string | number,
): boolean {
  if (first === undefined) return false;
  if (second === undefined) {
    target[first] = given;
    return true;
  }
  const inner = target[first] ?? {};
  // A file that holds no map there is refused by the schema, and has to stay as it is for that.
  if (!isRecord(inner)) return false;
  target[first] = { ...inner, [second]: given };
  return true;
}

function hasIn(value: unknown, path: readonly string[]): boolean {
  let inner = value;
  for (const step of path) {
    if (!isRecord(inner) || !Object.hasOwn(inner, step)) return false;
    inner = inner[step];
  }
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
