import type { Duplex } from 'node:stream';
import {
  type AccessRule,
  type DeleteOptions,
  type KubeApi,
  KubeError,
  type ListOptions,
  type ListResult,
  type LogOptions,
  type ObjectRef,
  type Patch,
  type Resource,
  type WatchEvent,
  type WatchOptions,
} from './api.ts';
import { unreachable } from './errors.ts';
import type { KubeHttp, KubeRequest } from './http.ts';
import type { KubeObject } from './objects.ts';
import { nameOf, pathOf } from './paths.ts';
import { watchEvents } from './watch-stream.ts';

/** A request that was answered (or not: status 0), for counting. */
export interface SeenRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  /** Plural with its group, such as `deployments.apps`. */
  readonly resource: string;
  readonly subresource: string | null;
  readonly namespace: string | null;
  readonly status: number;
}

export interface CallsOptions {
  readonly http: KubeHttp;
  readonly server: string;
  readonly portForward: (
    pod: { namespace: string; name: string },
    port: number,
    signal: AbortSignal,
  ) => Promise<Duplex>;
  readonly onRequest: (seen: SeenRequest) => void;
}

const pageSize = 500;
const logBytes = 1024 * 1024;
const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

interface Target {
  readonly verb: SeenRequest['verb'];
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string | undefined;
}

/** The port to the API over plain HTTP. */
export function createCalls(options: CallsOptions): KubeApi {
  const { http, server } = options;

  async function counted<T>(target: Target, work: () => Promise<T>): Promise<T> {
    const { verb, resource, subresource = null, namespace = null } = target;
    const seen = { verb, resource: nameOf(resource, {}), subresource, namespace };
    try {
      const answer = await work();
      options.onRequest({ ...seen, status: 200 });
      return answer;
    } catch (error) {
      options.onRequest({ ...seen, status: error instanceof KubeError ? error.status : 0 });
      throw error;
    }
  }

  function send(target: Target, request: Omit<KubeRequest, 'what'>, signal: AbortSignal): Promise<string> {
    return counted(target, () => http.send({ ...request, what: whatOf(target) }, signal));
  }

  /** Objects of the API are trusted to be what their kind says: it checked them. */
  async function sendForObject<T>(
    target: Target,
    request: Omit<KubeRequest, 'what'>,
    signal: AbortSignal,
  ): Promise<T> {
    const text = await send(target, request, signal);
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new KubeError(0, 'Garbled', `${whatOf(target)}: the answer of ${server} is no JSON`);
    }
  }

  async function listOnce<T extends KubeObject>(
    resource: Resource,
    { namespace, labelSelector, fieldSelector }: ListOptions,
    signal: AbortSignal,
  ): Promise<ListResult<T>> {
    const items: T[] = [];
    let next: string | undefined;
    for (;;) {
      const query = { labelSelector, fieldSelector, limit: pageSize, continue: next };
      const page: Page<T> = await sendForObject(
        { verb: 'list', resource, namespace },
        { method: 'GET', path: pathOf(resource, { namespace }, query) },
        signal,
      );
      // Items of a list come without the two fields that every object has by itself.
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
      for (const item of page.items ?? []) items.push({ ...item, apiVersion, kind: resource.kind });
      next = page.metadata?.continue === '' ? undefined : page.metadata?.continue;
      if (next === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
    }
  }

  return {
    server,
    get: async <T extends KubeObject>(ref: ObjectRef, signal: AbortSignal) => {
      const path = pathOf(ref.resource, ref);
      try {
        return await sendForObject<T>({ verb: 'get', ...ref }, { method: 'GET', path }, signal);
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    list: async (resource, listOptions, signal) => {
      try {
        return await listOnce(resource, listOptions, signal);
      } catch (error) {
        // The pages that were left lie too far back: once more, and faster.
        if (!(error instanceof KubeError) || error.status !== 410) throw error;
        return listOnce(resource, listOptions, signal);
      }
    },
    watch: <T extends KubeObject>(resource: Resource, watchOptions: WatchOptions, signal: AbortSignal) =>
      watching<T>(resource, watchOptions, signal),
    create: (resource, object, signal) => {
      const { namespace } = object.metadata;
      return sendForObject(
        { verb: 'create', resource, namespace },
        { method: 'POST', path: pathOf(resource, { namespace }), body: JSON.stringify(object) },
        signal,
      );
    },
    patch: (ref, patch, signal) => {
      const subresource = patch.subresource;
      const query = {
        fieldManager: patch.fieldManager,
        force: patch.kind === 'apply' && patch.force ? true : undefined,
      };
      return sendForObject(
        { verb: 'patch', ...ref, subresource },
        {
          method: 'PATCH',
          path: pathOf(ref.resource, { ...ref, subresource }, query),
          contentType: patchTypes[patch.kind],
          body: JSON.stringify(bodyOf(patch)),
        },
        signal,
      );
    },
    delete: async (ref, deleteOptions, signal) => {
      const request = {
        method: 'DELETE',
        path: pathOf(ref.resource, ref),
        body: JSON.stringify(deletion(deleteOptions)),
      } as const;
      try {
        await send({ verb: 'delete', ...ref }, request, signal);
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    logs: async (pod, { container, tail, previous }: LogOptions, signal) => {
      const query = { container, tailLines: tail, previous, limitBytes: logBytes };
      const target = { verb: 'get', resource: pods, ...pod, subresource: 'log' } as const;
      const text = await send(target, { method: 'GET', path: pathOf(pods, target, query) }, signal);
      const lines = text.split('\n');
      if (lines.at(-1) === '') lines.pop();
      return lines.slice(-tail);
    },
    portForward: (pod, port, signal) =>
      counted({ verb: 'get', resource: pods, ...pod, subresource: 'portforward' }, () =>
        options.portForward(pod, port, signal),
      ),
    whoAmI: async (signal) => {
      const review: { status?: { userInfo?: { username?: string } } } = await ask(
        'authentication.k8s.io',
        'SelfSubjectReview',
        {},
        signal,
      );
      return review.status?.userInfo?.username ?? '';
    },
    can: async ({ resource, ...rule }: AccessRule, signal) => {
      const spec = { resourceAttributes: { ...rule, resource } };
      const review: { status?: { allowed?: boolean } } = await ask(
        'authorization.k8s.io',
        'SelfSubjectAccessReview',
        { spec },
        signal,
      );
      return review.status?.allowed === true;
    },
    version: async (signal) => {
      const text = await http.send({ method: 'GET', path: '/version', what: 'get /version' }, signal);
      const version: { gitVersion?: string } = JSON.parse(text);
      return version.gitVersion ?? '';
    },
  };

  async function* watching<T extends KubeObject>(
    resource: Resource,
    watchOptions: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, labelSelector, fieldSelector, resourceVersion } = watchOptions;
    const target: Target = { verb: 'watch', resource, namespace };
    const path = pathOf(
      resource,
      { namespace },
      {
        labelSelector,
        fieldSelector,
        resourceVersion,
        watch: 1,
        allowWatchBookmarks: true,
        timeoutSeconds: 300 + Math.round(Math.random() * 300),
      },
    );
    const what = whatOf(target);
    const answer = await counted(target, () => http.open({ method: 'GET', path, what }, signal));
    try {
      yield* watchEvents<T>(answer, what);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof KubeError ? error : unreachable(what, server, error);
    } finally {
      answer.destroy();
    }
  }

  function ask<T>(group: string, kind: string, fields: object, signal: AbortSignal): Promise<T> {
    const resource = { group, version: 'v1', plural: `${kind.toLowerCase()}s`, kind, namespaced: false };
    const body = JSON.stringify({ apiVersion: `${group}/v1`, kind, metadata: {}, ...fields });
    return sendForObject(
      { verb: 'create', resource },
      { method: 'POST', path: pathOf(resource, {}), body },
      signal,
    );
  }
}

interface Page<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
}

function whatOf(target: Target): string {
  return `${target.verb} ${nameOf(target.resource, target)}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

function bodyOf(patch: Patch): unknown {
  return patch.kind === 'json' ? patch.operations : patch.body;
}

function deletion({ propagation, uid, gracePeriodSeconds }: DeleteOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(uid === undefined ? {} : { preconditions: { uid } }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
}
