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

/**
 * Who is refused asks again after pauses that double up to five seconds (list-watch.ts): a refusal counts until well
 * after that, so that one of the first moments, when a binding is not known everywhere yet, is soon forgotten.
 */
const firstFreshMs = 1_000;
const longestFreshMs = 12_000;

interface Noted {
  readonly error: KubeError;
  readonly untilMs: number;
  readonly count: number;
}

/** What the API refused to those who follow it, as long as it goes on. */
export class Refusals {
  readonly #last = new Map<string, Noted>();

  /** `namespace`: null for all. What is no refusal is passed over. */
  note(namespace: string | null, error: KubeError): void {
    if (missingRight(error) === null) return;
    const key = namespace ?? '';
    const now = performance.now();
    const before = this.#last.get(key);
    const count = before !== undefined && before.untilMs > now ? before.count + 1 : 1;
    const freshMs = Math.min(longestFreshMs, firstFreshMs * 2 ** (count - 1));
    this.#last.set(key, { error, untilMs: now + freshMs, count });
  }

  /** The last one that concerns the namespace; null where there was none lately. */
  of(namespace: string): KubeError | null {
    const found = [this.#last.get(namespace), this.#last.get('')].filter((one) => one !== undefined);
    return found.find(({ untilMs }) => untilMs > performance.now())?.error ?? null;
  }
}
