import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { controllerObjects } from '../../src/operator/install/controller.ts';
import type { Installation, Manifest } from '../../src/operator/install/manifest.ts';
import { systemObjects } from '../../src/operator/install/system-objects.ts';
import { uninstallJobObjects } from '../../src/operator/install/uninstall-job.ts';

/**
 * The chart in `deploy/chart`, made from the very functions that `seatrial install` applies objects from: they are
 * called with marks in place of what a user chooses, and the marks become Helm's expressions.
 */
const mark = { images: '@@images@@', namespaces: '@@namespaces@@', image: '@@image@@' } as const;
const systemNamespace = '{{ $.Release.Namespace }}';

/** A whole scalar, list or map that becomes an expression; what it prints is JSON, which YAML can read. */
const expressions: Readonly<Record<string, string>> = {
  image:
    '{{ required "Set image: seatrial install --build-context <folder> makes what to build it from." $.Values.image | toJson }}',
  replicas: '{{ $.Values.replicas }}',
  resources: '{{ $.Values.resources | toJson }}',
  namespaceList: '{{ $.Values.namespaces | sortAlpha | toJson }}',
  namespaceText: '{{ $.Values.namespaces | sortAlpha | join "," | toJson }}',
  imageLines:
    '{{ if $.Values.allowedImages }}{{ printf "%s\\n" (join "\\n" $.Values.allowedImages) | toJson }}{{ else }}""{{ end }}',
  namespace: '{{ . | toJson }}',
  uninstallArgs:
    '{{ concat (list "uninstall" "--system-namespace" $.Release.Namespace) (ternary (list "--force") (list) $.Values.uninstall.force) (ternary (list) (list "--keep-crd") $.Values.crd) | toJson }}',
};
const hookAnnotations = {
  'helm.sh/hook': 'pre-delete',
  'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
};

export function chartFiles(version: string, crd: string): Readonly<Record<string, string>> {
  return {
    'Chart.yaml': `apiVersion: v2
name: seatrial
description: Controller of Seatrial, with which coding agents prove their own changes against the running system
type: application
version: ${version}
appVersion: ${version}
kubeVersion: '>=1.30.0-0'
`,
    'values.yaml': values(),
    'values.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'templates/crd.yaml': crdTemplate(crd),
    'templates/controller.yaml': systemTemplate(crd),
    'templates/uninstall.yaml': documents(uninstallObjects()),
    'templates/NOTES.txt': notes,
  };
}

function controllerDefaults() {
  const found = controllerObjects({ systemNamespace, image: '', namespaces: null }).find(
    ({ kind }) => kind === 'Deployment',
  ) as unknown as DeploymentShape;
  const { replicas, template } = found.spec;
  return { replicas, resources: template.spec.containers[0]?.resources };
}

interface DeploymentShape {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly resources: unknown }[] } };
  };
}

function values(): string {
  const { replicas, resources } = controllerDefaults();
  return `# The image that controller, router and gateway run from: you build it (seatrial install --build-context).
image: ""
# Namespaces whose sandboxes are served; none: all.
namespaces: []
# Images that forks may run, a * at the end stands for anything; none: all.
allowedImages: []
# Of the controller; one of them acts, the others take over.
replicas: ${replicas}
resources:
${stringify(resources).replace(/^/gm, '  ').trimEnd()}
# Whether this release brings the CRD: one installation of a cluster does. helm uninstall removes it where no other
# installation and no Sandbox needs it.
crd: true
uninstall:
  # helm uninstall ends live sandboxes too, in place of refusing.
  force: false
`;
}

const strings = { type: 'array', items: { type: 'string', minLength: 1 } };
const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  properties: {
    global: { type: 'object' },
    image: { type: 'string' },
    namespaces: strings,
    allowedImages: strings,
    replicas: { type: 'integer', minimum: 1 },
    resources: { type: 'object' },
    crd: { type: 'boolean' },
    uninstall: {
      type: 'object',
      additionalProperties: false,
      properties: { force: { type: 'boolean' } },
    },
  },
};

const notes = `Seatrial runs in {{ .Release.Namespace }} and serves {{ join ", " .Values.namespaces | default "all namespaces" }}.
Next: seatrial enroll --namespace <namespace of a baseline>; bind ClusterRole {{ .Release.Namespace }}:agent there to those who may create sandboxes.
Not in the chart, as Helm makes it: kubectl label namespace {{ .Release.Namespace }} pod-security.kubernetes.io/enforce=restricted
helm uninstall gives all Services back first; with --no-hooks they would lead to routers that nobody looks after.
`;

function crdTemplate(crd: string): string {
  // The Job before `helm uninstall` removes it where it may go.
  const kept = crd.replace('  annotations:\n', '  annotations:\n    helm.sh/resource-policy: keep\n');
  return `{{- if .Values.crd }}\n${kept.trimEnd()}\n{{- end }}\n`;
}

function systemTemplate(crd: string): string {
  const everywhere = marked({ systemNamespace, image: mark.image, namespaces: null }, crd);
  const some = marked({ systemNamespace, image: mark.image, namespaces: [mark.namespaces] }, crd);
  const isIn = (list: readonly Manifest[]) => (one: Manifest) =>
    list.some((other) => isDeepStrictEqual(one, other));
  const common = some.filter(isIn(everywhere));
  const [budget = [], rest = []] = [
    common.filter(({ kind }) => kind === 'PodDisruptionBudget'),
    common.filter(({ kind }) => kind !== 'PodDisruptionBudget'),
  ];
  const onlySome = some.filter((one) => !isIn(everywhere)(one));
  const each = onlySome.filter(({ metadata }) => metadata.namespace === mark.namespaces);
  return [
    documents(rest),
    '{{- if gt (int .Values.replicas) 1 }}\n',
    documents(budget),
    '{{- end }}\n{{- if .Values.namespaces }}\n',
    documents(onlySome.filter((one) => !each.includes(one))),
    '{{- range .Values.namespaces }}\n',
    documents(each),
    '{{- end }}\n{{- else }}\n',
    documents(everywhere.filter((one) => !isIn(some)(one))),
    '{{- end }}\n',
  ].join('');
}

/** All but the namespace, which Helm makes, and the CRD, which has a file of its own. */
function marked(installation: Installation, _crd: string): readonly Manifest[] {
  const none: Manifest = { apiVersion: 'v1', kind: 'CustomResourceDefinition', metadata: { name: 'none' } };
  return systemObjects(installation, { crd: none, images: [mark.images] })
    .filter(({ kind }) => kind !== 'Namespace' && kind !== 'CustomResourceDefinition')
    .map((object) => (object.kind === 'Deployment' ? chosen(object) : object));
}

function chosen(object: Manifest): Manifest {
  const text = JSON.stringify(object, (key, value: unknown) => {
    if (key === 'replicas') return '@@replicas@@';
    if (key === 'resources') return '@@resources@@';
    if (isNamespacesVariable(value)) return { name: value.name, value: '@@namespaceText@@' };
    return value;
  });
  return JSON.parse(text) as Manifest;
}

function isNamespacesVariable(value: unknown): value is { readonly name: string } {
  return (
    typeof value === 'object' && value !== null && 'name' in value && value.name === 'SEATRIAL_NAMESPACES'
  );
}

function uninstallObjects(): readonly Manifest[] {
  return uninstallJobObjects({ systemNamespace, image: mark.image, namespaces: null }, []).map((object) => {
    const annotations = { ...hookAnnotations, 'helm.sh/hook-weight': object.kind === 'Job' ? '1' : '0' };
    const hooked = { ...object, metadata: { ...object.metadata, annotations } };
    const text = JSON.stringify(hooked, (key, value: unknown) =>
      key === 'args' ? '@@uninstallArgs@@' : value,
    );
    return JSON.parse(text) as Manifest;
  });
}

function documents(objects: readonly Manifest[]): string {
  return objects.map((object) => `---\n${expressed(object)}`).join('');
}

/** YAML, with marks replaced. */
function expressed(object: Manifest): string {
  const patterns: string[] = [];
  const prepared = JSON.parse(
    JSON.stringify(object, (_, value: unknown) => {
      if (isDeepStrictEqual(value, [mark.namespaces])) return '@@namespaceList@@';
      if (value === mark.namespaces) return '@@namespace@@';
      if (value === `${mark.images}\n`) return '@@imageLines@@';
      if (typeof value === 'string' && value.includes(mark.images)) {
        patterns.push(value);
        return '@@pattern@@';
      }
      return value;
    }),
  ) as Manifest;
  return stringify(prepared, { lineWidth: 0 }).replace(/(["']?)@@(\w+)@@\1/g, (_, __, name: string) =>
    name === 'pattern' ? patternExpression(patterns[0] ?? '') : (expressions[name] ?? ''),
  );
}

/** A text of CEL that holds the images as a string of its own. */
function patternExpression(text: string): string {
  const format = text.replace(JSON.stringify(mark.images), '%s');
  return `{{ printf \`${format}\` (join "\\n" $.Values.allowedImages | toJson) | toJson }}`;
}
