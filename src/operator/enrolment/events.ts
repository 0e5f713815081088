import type { KubeApi } from '../../kube/api.ts';
import type { KubeObject, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { fieldManagers } from '../../sandbox/cluster-names.ts';

const longestNote = 1024;

/** A warning that `kubectl describe service` shows: its manager won. */
export function tellStopped(
  kube: KubeApi,
  service: Service,
  note: string,
  signal: AbortSignal,
): Promise<void> {
  return tell(kube, service, 'EnrolmentStopped', note, signal);
}

/** Why a Service that was enrolled is given back. */
export function tellRefused(
  kube: KubeApi,
  service: Service,
  { message, next }: { readonly message: string; readonly next: string },
  signal: AbortSignal,
): Promise<void> {
  return tell(kube, service, 'EnrolmentRefused', `${message} ${next}`, signal);
}

async function tell(
  kube: KubeApi,
  { apiVersion, kind, metadata }: Service,
  reason: string,
  note: string,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = '', uid } = metadata;
  const event: KubeObject & Readonly<Record<string, unknown>> = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name}.${Date.now().toString(16)}`, namespace },
    eventTime: microTime(),
    reportingController: fieldManagers.controller,
    reportingInstance: fieldManagers.controller,
    action: 'Enrol',
    reason,
    type: 'Warning',
    regarding: { apiVersion, kind, name, namespace, uid },
    note: note.slice(0, longestNote),
  };
  await kube.create(resources.events, event, signal);
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
