import type { Resource } from './api.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of a kind (all of it, or in a namespace), of one object, or of a subresource of that. */
export function pathOf(
  resource: Resource,
  where: {
    readonly namespace?: string | undefined;
    readonly name?: string;
    readonly subresource?: string | undefined;
  },
  query: Query = {},
): string {
  const { group, version, plural } = resource;
  const parts = group === '' ? ['api', version] : ['apis', group, version];
  if (resource.namespaced && where.namespace !== undefined) parts.push('namespaces', where.namespace);
  parts.push(plural);
  if (where.name !== undefined) parts.push(where.name);
  if (where.subresource !== undefined) parts.push(where.subresource);
  return `/${parts.map(encodeURIComponent).join('/')}${queryOf(query)}`;
}

/** `pods shop/pricing`, for messages. */
export function nameOf(
  resource: Resource,
  where: {
    readonly namespace?: string | undefined;
    readonly name?: string;
    readonly subresource?: string | undefined;
  },
): string {
  const kind = `${resource.plural}${resource.group === '' ? '' : `.${resource.group}`}`;
  const place = [where.namespace, where.name].filter((part) => part !== undefined).join('/');
  const sub = where.subresource === undefined ? '' : `/${where.subresource}`;
  return `${kind}${sub}${place === '' ? '' : ` ${place}`}`;
}

function queryOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}
