import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import type { ForkSpec } from '../sandbox/sandbox.ts';
import type { ChangeArg } from './api.ts';
import type { Tree } from './trees.ts';

/**
 * A fork for a cluster, which runs images. The revision is an id that git knows: a branch moves on while the image
 * stays, and what git does not know cannot be compared with the working tree.
 */
export async function imageFork(
  tree: Pick<Tree, 'repository' | 'config'>,
  change: ChangeArg,
  now: string,
  signal: AbortSignal,
): Promise<ForkSpec> {
  const { service, image, revision, ref, env = {} } = change;
  if (ref !== undefined) {
    throw new SeatrialError('invalid-argument', {
      what: `\`ref\` was given for ${service}, but a cluster runs images.`,
      next: 'Build an image of that ref, and give it as `image`, with the id of its commit as `revision`.',
    });
  }
  if (image === undefined) throw needsImage([service], tree.config, now);
  if (image === '' || image.length > 1024 || /\s/.test(image) || image.startsWith('-')) {
    throw new SeatrialError('invalid-argument', {
      what: `${JSON.stringify(image.slice(0, 100))} is no reference of an image.`,
      next: 'Give it as `registry/name:tag` or `registry/name@sha256:…`.',
    });
  }
  const known = revision === undefined ? null : await knownRevision(tree, service, revision, signal);
  return { service, revision: { kind: 'image', image, digest: null, revision: known }, env };
}

async function knownRevision(
  { repository }: Pick<Tree, 'repository'>,
  service: string,
  revision: string,
  signal: AbortSignal,
): Promise<string> {
  if (!/^[0-9a-f]{7,64}$/.test(revision)) {
    throw new SeatrialError('invalid-argument', {
      what: `The revision ${JSON.stringify(revision.slice(0, 100))} of ${service} is no id of a commit or tree.`,
      why: 'A branch or tag may name something else by now than when the image was built.',
      next: 'Give the id: `git rev-parse <branch or tag>`.',
    });
  }
  const { commit, tree } = await repository.resolve(revision, signal);
  return commit ?? tree;
}

/** `now`: the tree id of the working tree. Says what to type. */
export function needsImage(
  services: readonly string[],
  { root, services: known, kubernetes }: Pick<Config, 'root' | 'services' | 'kubernetes'>,
  now: string,
): SeatrialError {
  const tag = now.slice(0, 12);
  const builds = services.map((name) => {
    const path = (known[name]?.paths[0] ?? '').replace(/(^|\/)[^/]*[*?[{].*$/, '') || '.';
    return `docker build -t ${name}:${tag} ${buildFolder(root, path)}`;
  });
  const cluster = /^kind-(.+)$/.exec(kubernetes?.context ?? '')?.[1];
  const images = services.map((name) => `${name}:${tag}`).join(' ');
  const load =
    cluster === undefined
      ? `push it to a registry that the cluster pulls from (docker tag, docker push; then name it with the registry below)`
      : `kind load docker-image ${images} --name ${cluster}`;
  const changes = services
    .map((name) => `{ service: "${name}", image: "${name}:${tag}", revision: "${now}" }`)
    .join(', ');
  return new SeatrialError('needs-image', {
    what: `${services.join(', ')}: a cluster runs images, and the call names none.`,
    why: `The working tree, with all that is not committed, is tree ${now}.`,
    next: [
      'Build an image of the working tree as it is now, give it to the cluster, and name both image and tree:',
      ...builds.map((line) => `  ${line}`),
      `  ${load}`,
      `  provision_sandbox { changes: [${changes}] }`,
    ].join('\n'),
  });
}

/** The folder at or above `path`, up to the root, that has a Dockerfile; where none has, the path itself. */
function buildFolder(root: string, path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(root, folder, 'Dockerfile'))) return folder;
    if (folder === '.') return path;
  }
}
