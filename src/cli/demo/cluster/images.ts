import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SeatrialError } from '../../../errors.ts';
import { type CommandOptions, runCommand } from './command.ts';

/** Builds a Dockerfile and brings the image to the cluster's nodes. */
export interface Images {
  /** For people: how it is done. */
  readonly how: string;
  /** What goes before each tag, such as `registry.example/team/`; mostly nothing. */
  readonly prefix: string;
  /** `target` is a stage of the Dockerfile, null the last one. */
  build(folder: string, tag: string, target: string | null): Promise<void>;
}

export interface ImageChoice extends CommandOptions {
  /** Of the kubeconfig in use. */
  readonly context: string;
  /** Path of the kubeconfig in use. */
  readonly kubeconfig: string;
  readonly packageRoot: string;
  /** Words of `--load-command`: it gets folder, tag and, where there is one, `--target <stage>` as last arguments. */
  readonly loadCommand: string | null;
  /** Value of `--registry`: where images are pushed to, and pulled from by the nodes. */
  readonly registry: string | null;
}

/**
 * On kind by Docker, on the cluster of `npm run cluster:up` by its script, elsewhere by `--load-command`, or through a
 * registry.
 */
export function chooseImages(choice: ImageChoice): Images {
  const { context, kubeconfig, packageRoot, loadCommand } = choice;
  const flags = (target: string | null) => (target === null ? [] : ['--target', target]);
  const prefix = choice.registry === null ? '' : `${choice.registry.replace(/\/+$/, '')}/`;
  if (loadCommand !== null) {
    const words = loadCommand.split(/\s+/).filter((word) => word !== '');
    return {
      how: loadCommand,
      prefix,
      async build(folder, tag, target) {
        await runCommand([...words, folder, tag, ...flags(target)], choice);
      },
    };
  }
  if (choice.registry !== null) {
    return {
      how: 'docker build, docker push',
      prefix,
      async build(folder, tag, target) {
        await runCommand(['docker', 'build', '--quiet', '--tag', tag, ...flags(target), folder], choice);
        await runCommand(['docker', 'push', '--quiet', tag], choice);
      },
    };
  }
  const script = (name: string) => join(packageRoot, 'test', 'cluster', name);
  if (existsSync(join(dirname(kubeconfig), 'containerd.toml')) && existsSync(script('image'))) {
    const env = { ...choice.env, SEATRIAL_CLUSTER: dirname(kubeconfig), SEATRIAL_IMAGE_ONCE: '1' };
    return {
      how: 'Buildah, as npm run cluster:up made the cluster',
      prefix,
      async build(folder, tag, target) {
        await runCommand(['bash', script('image'), folder, tag, ...flags(target)], { ...choice, env });
      },
    };
  }
  const kind = /^kind-(.+)$/.exec(context)?.[1];
  if (kind !== undefined) return onKind(kind, choice, script('kind/image'));
  throw new SeatrialError('demo-failed', {
    what: `The demo does not know how to bring an image to the cluster of context ${context}.`,
    next: 'Add --registry <name>, which Docker may push to and the nodes pull from; or --load-command "<program>", which gets a folder with a Dockerfile, a tag, and `--target <stage>`.',
  });
}

function onKind(name: string, choice: ImageChoice, script: string): Images {
  const how = 'docker build, kind load';
  if (existsSync(script)) {
    const env = { ...choice.env, CLUSTER: name, SEATRIAL_IMAGE_ONCE: '1' };
    return {
      how,
      prefix: '',
      async build(folder, tag, target) {
        const flags = target === null ? [] : ['--target', target];
        await runCommand(['bash', script, folder, tag, ...flags], { ...choice, env });
      },
    };
  }
  return {
    how,
    prefix: '',
    async build(folder, tag, target) {
      const flags = target === null ? [] : ['--target', target];
      await runCommand(['docker', 'build', '--quiet', '--tag', tag, ...flags, folder], choice);
      await runCommand(['kind', 'load', 'docker-image', tag, '--name', name], choice);
    },
  };
}
