import { z } from 'zod';
import { parseDuration } from '../util/duration.ts';
import { expectedChangesFile } from './config.ts';

/**
 * The one table of `seatrial.yaml`: each key with its form, default and meaning. Errors, the overlay of environment
 * and flags, and the reference in the README are all made from it.
 */
export interface KeyInfo {
  /** Its form in words. */
  readonly type: string;
  /** What it means, one or two sentences. */
  readonly description: string;
  /** What to write, as a line of YAML. */
  readonly example: string;
  readonly env?: string;
  readonly flag?: string;
  /** How the default reads where the value itself would not say it. */
  readonly defaultText?: string;
}

export const keyInfo = z.registry<KeyInfo>();

const globs = z.array(z.string().min(1).max(500));
const path = z.string().min(1).max(1000);
const text = z.string().min(1).max(10_000);
const line = z.string().min(1).max(500);

const lease = z
  .union([z.number().int(), z.string()])
  .transform((value) => (typeof value === 'number' ? value : parseDuration(value)))
  .pipe(z.number('must be a length of time such as 30m, 2h or 90s').int().min(10).max(86_400));

/**
 * Docs, tests, plans and expected changes: no running service is made of them. `seatrial.yaml` itself is not here: its
 * commands and variables make the services (`mapChange` finds out which).
 */
const ignoredByDefault = [
  'docs/**',
  '**/*.md',
  '**/{test,tests,__tests__}/**',
  '**/*.{test,spec}.*',
  expectedChangesFile,
];

const serviceKeys = {
  command: text.nullable().default(null).register(keyInfo, {
    type: 'shell command',
    defaultText: 'none; the local engine needs one',
    description:
      'Starts the service on this machine; run by `sh -c` in `cwd`. PORT is set; `{{ port }}`, `{{ data }}` (a folder that baseline and forks share) and `{{ services.<name>.url }}` are filled in.',
    example: 'command: node services/pricing/server.mjs',
  }),
  paths: globs.default([]).register(keyInfo, {
    type: 'list of globs',
    description:
      'The files that make this service: they choose what to fork and which plans fit. Only a shared service may have none.',
    example: 'paths: [services/pricing/**]',
  }),
  cwd: path.default('.').register(keyInfo, {
    type: 'folder, from the root',
    description: 'Where `command` and `setup` run.',
    example: 'cwd: services/pricing',
  }),
  setup: text.nullable().default(null).register(keyInfo, {
    type: 'shell command',
    description: 'Makes a snapshot ready, such as an install; its result is kept by lockfile.',
    example: 'setup: npm ci',
  }),
  openapi: path.nullable().default(null).register(keyInfo, {
    type: 'path, from the root',
    description:
      'Its OpenAPI 3 document, where it has one: fields that the baseline’s copy calls optional or nullable weigh less, and requests that the working tree’s copy takes no more are findings.',
    example: 'openapi: services/pricing/openapi.yaml',
  }),
  link: z.array(path).default([]).register(keyInfo, {
    type: 'list of paths, from the root',
    description: 'Ignored inputs of the working tree that every snapshot shares by symbolic link.',
    example: 'link: [node_modules]',
  }),
  ready: z
    .string()
    .max(500)
    .regex(/^(tcp|\/[\x21-\x7e]*)$/, 'must be `tcp` or a path that begins with /')
    .default('tcp')
    .register(keyInfo, {
      type: '`tcp` or a path',
      description:
        'When it is ready: its port accepts connections (`tcp`), or a GET of this path answers 200 to 399.',
      example: 'ready: /healthz',
    }),
  readySeconds: z.number().int().min(1).max(600).default(30).register(keyInfo, {
    type: 'seconds, 1 to 600',
    description: 'How long it may take to get ready.',
    example: 'readySeconds: 60',
  }),
  stopSeconds: z.number().int().min(0).max(60).default(5).register(keyInfo, {
    type: 'seconds, 0 to 60',
    description: 'How long it has to end after SIGTERM before it gets SIGKILL.',
    example: 'stopSeconds: 10',
  }),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'must be the name of an environment variable'),
      z.union([z.string().max(10_000), z.number(), z.boolean()]).transform(String),
    )
    .default({})
    .register(keyInfo, {
      type: 'map of names to values',
      description: 'Environment variables; the same references as in `command` are filled in.',
      example: 'env: { TAX_URL: "{{ services.tax.url }}" }',
    }),
  shared: z.boolean().default(false).register(keyInfo, {
    type: 'true or false',
    description: 'One process for baseline and sandboxes, such as a database; it cannot be forked.',
    example: 'shared: true',
  }),
  workload: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of a Deployment')
    .nullable()
    .default(null)
    .register(keyInfo, {
      type: 'name of a Deployment',
      description: 'Kubernetes: the Deployment to fork, where the selector of the Service does not tell.',
      example: 'workload: pricing-v2',
    }),
  container: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a container')
    .nullable()
    .default(null)
    .register(keyInfo, {
      type: 'name of a container',
      description:
        'Kubernetes: the container that gets the image, where several answer the ports of the Service. One that another passes requests on to is named by the annotation `seatrial.dev/serves` of its Deployment.',
      example: 'container: app',
    }),
  sharedEffects: z
    .literal('allow', 'must be `allow`, or left out')
    .nullable()
    .default(null)
    .register(keyInfo, {
      type: '`allow`',
      description:
        'Kubernetes: fork it although it acts on shared state beside requests (a queue, cron work, migrations at its start).',
      example: 'sharedEffects: allow',
    }),
  observe: z.boolean().default(false).register(keyInfo, {
    type: 'true or false',
    description:
      'Kubernetes: count its requests although it is not forked, such as to see whether calls to it multiply.',
    example: 'observe: true',
  }),
};

const secretKeys = {
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'must be the name of an environment variable')
    .register(keyInfo, {
      type: 'name of an environment variable',
      description: 'Where the value of the secret is taken from. It is redacted by value everywhere.',
      example: 'secrets: { buyer: { env: BUYER_TOKEN } }',
    }),
};

const baselineKeys = {
  ref: line.default('auto').register(keyInfo, {
    type: '`auto` or a branch, tag or commit',
    description:
      'What the baseline is built from. `auto`: the merge base of HEAD with the default branch (origin/HEAD, main, master).',
    example: 'baseline: { ref: main }',
    env: 'SEATRIAL_BASELINE_REF',
    flag: '--baseline-ref',
  }),
};

const kubernetesKeys = {
  context: line.register(keyInfo, {
    type: 'name of a context',
    description: 'The kubeconfig context of the cluster that holds the baseline.',
    example: 'kubernetes: { context: staging, namespace: shop }',
  }),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .register(keyInfo, {
      type: 'name of a namespace',
      description: 'The namespace of the baseline.',
      example: 'kubernetes: { context: staging, namespace: shop }',
    }),
};

/** RFC 1123 label: it becomes part of a host name. */
const serviceName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'a service is named by up to 63 of a-z, 0-9 and -, not at its ends',
  );
const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'a secret is named by letters, digits, _ and -');

const topKeys = {
  engine: z.enum(['auto', 'local', 'kubernetes']).default('auto').register(keyInfo, {
    type: '`auto`, `local` or `kubernetes`',
    description:
      'What runs sandboxes. `auto`: Kubernetes where a `kubernetes` section is, else processes on this machine.',
    example: 'engine: local',
    env: 'SEATRIAL_ENGINE',
    flag: '--engine',
  }),
  plans: path.default('plans').register(keyInfo, {
    type: 'folder, from the root',
    description: 'Where the plans are.',
    example: 'plans: plans',
    env: 'SEATRIAL_PLANS',
    flag: '--plans',
  }),
  baseline: z.strictObject(baselineKeys).prefault({}),
  ignore: globs.default(ignoredByDefault).register(keyInfo, {
    type: 'list of globs',
    description:
      'Files whose change no check needs to see. Plans always count as such; a file that a service names in its `paths` never does.',
    example: 'ignore: [docs/**, "**/*.md"]',
  }),
  maxSandboxes: z.number().int().min(1).max(200).default(10).register(keyInfo, {
    type: 'number, 1 to 200',
    description: 'Sandboxes that one owner may have at once.',
    example: 'maxSandboxes: 10',
    env: 'SEATRIAL_MAX_SANDBOXES',
    flag: '--max-sandboxes',
  }),
  lease: lease.prefault('30m').register(keyInfo, {
    type: 'length of time, 10s to 24h',
    description: 'How long a sandbox lives without being renewed, where the call does not say.',
    example: 'lease: 30m',
    env: 'SEATRIAL_LEASE',
    flag: '--lease',
    defaultText: '30m',
  }),
  secrets: z.record(secretName, z.strictObject(secretKeys)).default({}),
  services: z.record(serviceName, z.strictObject(serviceKeys)),
  kubernetes: z.strictObject(kubernetesKeys).nullable().default(null),
};

export const fileSchema = z.strictObject(topKeys);
export type ConfigFile = z.output<typeof fileSchema>;

/** Every section with its keys, in the order of the reference. */
export const sections: readonly { readonly prefix: string; readonly keys: Record<string, z.ZodType> }[] = [
  { prefix: '', keys: topKeys },
  { prefix: 'baseline.', keys: baselineKeys },
  { prefix: 'secrets.<name>.', keys: secretKeys },
  { prefix: 'services.<name>.', keys: serviceKeys },
  { prefix: 'kubernetes.', keys: kubernetesKeys },
];
