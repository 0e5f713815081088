import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { ResourceOwner } from '../sandbox/resource.ts';
import type { Owner } from '../sandbox/sandbox.ts';

/**
 * Owners as a cluster sees them: the user of the kubeconfig, and names in place of paths. What tells two machines, two
 * users of one machine and two folders apart is in the hash: agents in containers often share kubeconfig and path.
 */
export class Owners {
  readonly #principal: string;
  readonly #machine: string;
  readonly #known = new Map<string, Owner>();

  /** `principal`: of the SelfSubjectReview. `machine`: its host name. */
  constructor(principal: string, machine: string) {
    this.#principal = principal.slice(0, 253);
    this.#machine = machine;
  }

  write(owner: Owner): ResourceOwner {
    const { repository, workingTree } = owner;
    // `shop/.git` is named by the folder that it lies in.
    const folder = basename(repository) === '.git' ? dirname(repository) : repository;
    const written = {
      principal: this.#principal,
      repository: this.#named(folder, [owner.principal, repository]),
      workingTree: this.#named(workingTree, [owner.principal, repository, workingTree]),
    };
    this.#known.set(JSON.stringify(written), owner);
    return written;
  }

  /** In our words where it was written here; else as it stands there, which equals no owner of ours. */
  read({ principal, repository, workingTree }: ResourceOwner): Owner {
    const key = JSON.stringify({ principal, repository, workingTree });
    return this.#known.get(key) ?? { principal, repository, workingTree };
  }

  #named(path: string, told: readonly string[]): string {
    const readable = basename(path)
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .slice(0, 60);
    const hash = createHash('sha256').update(JSON.stringify([this.#machine, ...told]));
    return `${readable === '' ? 'repository' : readable}-${hash.digest('hex').slice(0, 12)}`;
  }
}

export function sameResourceOwner(a: ResourceOwner, b: ResourceOwner): boolean {
  return a.principal === b.principal && a.repository === b.repository && a.workingTree === b.workingTree;
}
