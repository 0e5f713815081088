import { KubeError } from './api.ts';

/** A right that the API server missed. */
export interface MissingRight {
  readonly verb: string;
  /** As kubectl names it: `deployments.apps`, `pods/log`. */
  readonly resource: string;
  /** Null: in the cluster as a whole. */
  readonly namespace: string | null;
}

/** As the RBAC authorizer words it (k8s.io/apiserver, `responsewriters.Forbidden`). */
const cannot = /cannot ([a-z]+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;
/** As RBAC words it of a binding to a role that gives more than the binder has, where `bind` is missing. */
const escalation = /([a-z]+bindings)\.rbac\S* "([^"]+)".* attempting to grant RBAC permissions/s;

/** Null where the API said no for another reason, such as a quota or an admission policy. */
export function missingRight(error: unknown): MissingRight | null {
  if (!(error instanceof KubeError) || error.status !== 403) return null;
  const [, verb, path = '', group = '', namespace] = cannot.exec(error.message) ?? [];
  if (verb !== undefined) return { verb, resource: nameOf(path, group), namespace: namespace ?? null };
  const binding = escalation.exec(error.message);
  if (binding === null) return null;
  return { verb: 'bind', resource: 'clusterroles.rbac.authorization.k8s.io', namespace: null };
}

/** `list pods in namespace shop` */
export function rightText({ verb, resource, namespace }: MissingRight): string {
  return `${verb} ${resource} ${namespace === null ? 'in the cluster' : `in namespace ${namespace}`}`;
}

function nameOf(path: string, group: string): string {
  if (group === '') return path;
  const [resource = '', ...subresource] = path.split('/');
  return [`${resource}.${group}`, ...subresource].join('/');
}

/** Long enough that who is refused asks again within it (the pauses of list-watch.ts). */
const freshMs = 12_000;

/** What the API refused to those who follow it, as long as it goes on. */
export class Refusals {
  readonly #last = new Map<string, { readonly error: KubeError; readonly atMs: number }>();

  /** `namespace`: null for all. What is no refusal is passed over. */
  note(namespace: string | null, error: KubeError): void {
    if (missingRight(error) === null) return;
    this.#last.set(namespace ?? '', { error, atMs: performance.now() });
  }

  /** The last one that concerns the namespace; null where there was none lately. */
  of(namespace: string): KubeError | null {
    const found = [this.#last.get(namespace), this.#last.get('')].filter((one) => one !== undefined);
    return found.find(({ atMs }) => performance.now() - atMs < freshMs)?.error ?? null;
  }
}
