import { type KubeApi, KubeError } from '../../kube/api.ts';

/** Writes, as the metrics and the tests of the budget count them. */
export interface SeenWrite {
  readonly verb: 'create' | 'patch' | 'delete';
  readonly resource: string;
  readonly subresource: string | null;
}

/** The API as only a leader may use it: writes are refused, reason `NotLeader`, from the moment `may` says no. */
export function guardWrites(kube: KubeApi, may: () => boolean, onWrite: (write: SeenWrite) => void): KubeApi {
  function check(verb: SeenWrite['verb'], resource: string, subresource: string | null = null): void {
    if (!may()) throw new KubeError(0, 'NotLeader', `${verb} ${resource}: another controller leads`);
    onWrite({ verb, resource, subresource });
  }
  return {
    server: kube.server,
    get: (ref, signal) => kube.get(ref, signal),
    list: (resource, options, signal) => kube.list(resource, options, signal),
    watch: (resource, options, signal) => kube.watch(resource, options, signal),
    logs: (pod, options, signal) => kube.logs(pod, options, signal),
    portForward: (pod, port, signal) => kube.portForward(pod, port, signal),
    whoAmI: (signal) => kube.whoAmI(signal),
    can: (rule, signal) => kube.can(rule, signal),
    version: (signal) => kube.version(signal),
    create: async (resource, object, signal) => {
      check('create', resource.plural);
      return kube.create(resource, object, signal);
    },
    patch: async (ref, patch, signal) => {
      check('patch', ref.resource.plural, patch.subresource ?? null);
      return kube.patch(ref, patch, signal);
    },
    delete: async (ref, options, signal) => {
      check('delete', ref.resource.plural);
      return kube.delete(ref, options, signal);
    },
  };
}
