import { keyInfo, sections } from './schema.ts';

export interface KeyReference {
  /** Such as `services.<name>.ready`. */
  readonly key: string;
  readonly type: string;
  /** As it would be written; null where the key has to be given. */
  readonly default: string | null;
  readonly description: string;
  readonly example: string;
  readonly env: string | null;
  readonly flag: string | null;
}

/** Every key of `seatrial.yaml`, in the order of the file: what the README's table is made from. */
export function configReference(): KeyReference[] {
  return sections.flatMap(({ prefix, keys }) =>
    Object.entries(keys).flatMap(([name, schema]) => {
      const info = keyInfo.get(schema);
      if (info === undefined) return [];
      const { type, description, example, env = null, flag = null, defaultText } = info;
      const missing = schema.safeParse(undefined);
      const value = missing.success ? (defaultText ?? showValue(missing.data)) : null;
      return [{ key: `${prefix}${name}`, type, default: value, description, example, env, flag }];
    }),
  );
}

function showValue(value: unknown): string {
  if (value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is known of the key at a path of the file, such as `['services', 'tax', 'ready']`, or of the nearest above. */
export function referenceOf(path: readonly PropertyKey[]): KeyReference | null {
  const all = configReference();
  const [first, second, third] = path.map(String);
  const named = first === 'services' || first === 'secrets';
  const key =
    named && third !== undefined
      ? `${first}.<name>.${third}`
      : second !== undefined && !named
        ? `${first}.${second}`
        : first;
  return all.find((entry) => entry.key === key) ?? all.find((entry) => entry.key === first) ?? null;
}
