import { randomBytes } from 'node:crypto';
import type { KubeApi } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';

/** Tells of what happened to a Sandbox, as `kubectl describe` shows it. Never waited for; a lost one harms nothing. */
export interface EventSink {
  normal(sandbox: SandboxResource, reason: string, note: string): void;
  warning(sandbox: SandboxResource, reason: string, note: string): void;
}

/** events.k8s.io/v1: `note` has at most 1 kB. */
const maxNote = 1_000;

interface KubeEvent extends KubeObject {
  readonly [field: string]: unknown;
}

export function createEventSink(kube: KubeApi, identity: string, signal: AbortSignal): EventSink {
  function tell(type: 'Normal' | 'Warning', sandbox: SandboxResource, reason: string, note: string): void {
    const { name, namespace = '', uid } = sandbox.metadata;
    const event: KubeEvent = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: 'seatrial.dev/controller',
      reportingInstance: identity.slice(0, 128),
      action: reason,
      reason,
      note: note.slice(0, maxNote),
      type,
      regarding: { apiVersion: sandbox.apiVersion, kind: 'Sandbox', name, namespace, uid },
    };
    kube.create(resources.events, event, signal).catch(() => {});
  }
  return {
    normal: (sandbox, reason, note) => tell('Normal', sandbox, reason, note),
    warning: (sandbox, reason, note) => tell('Warning', sandbox, reason, note),
  };
}
