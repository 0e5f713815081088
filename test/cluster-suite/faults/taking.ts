import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectRef } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { policyRule } from '../../../src/operator/install/rules.ts';
import { type Right, type Role, resourceName, roles } from './right-cases.ts';
import type { Stage } from './stage.ts';

type RoleOf = Pick<Stage, 'kube' | 'systemNamespace'>;
type PolicyRule = ReturnType<typeof policyRule>;

const signal = () => AbortSignal.timeout(30_000);

/** Rules that stand in the cluster for as long as some rights are taken away. */
export class Taking {
  readonly #own: RoleOf;
  #taken: readonly Right[];

  constructor(own: RoleOf, taken: readonly Right[]) {
    this.#own = own;
    this.#taken = taken;
  }

  get taken(): readonly Right[] {
    return this.#taken;
  }

  /** Writes the roles as they are without what is taken. */
  async write(): Promise<void> {
    await this.#write(Object.keys(roles) as Role[]);
    // The authorizer reads them by a watch of its own.
    await sleep(300);
  }

  async giveBack(rights: readonly Right[]): Promise<void> {
    this.#taken = this.#taken.filter((right) => !rights.includes(right));
    await this.write();
  }

  /** Takes another right in place of those of before, and does not wait until that is known everywhere. */
  async next(right: Right): Promise<void> {
    const touched = new Set([...this.#taken, right].flatMap(({ role }) => touchedBy(role)));
    this.#taken = [right];
    await this.#write([...touched]);
  }

  async #write(some: readonly Role[]): Promise<void> {
    for (const role of some) await this.#writeRole(role);
  }

  async #writeRole(role: Role): Promise<void> {
    const rules = policyRulesOf(role, this.#own.systemNamespace).flatMap((rule) => this.#without(role, rule));
    const operations = [{ op: 'replace', path: '/rules', value: rules }] as const;
    await this.#own.kube.patch(refOf(role, this.#own), { kind: 'json', operations }, signal());
  }

  #without(role: Role, rule: PolicyRule): readonly PolicyRule[] {
    const { resources: paths = [], verbs = [], apiGroups = [] } = rule;
    return paths.flatMap((resource) => {
      const left = verbs.filter(
        (verb) => !this.#isTaken(role, { group: apiGroups[0] ?? '', resource, verb }),
      );
      // The API takes no rule without verbs.
      return left.length === 0 ? [] : [{ ...rule, resources: [resource], verbs: left }];
    });
  }

  #isTaken(role: Role, { group, resource, verb }: Omit<Right, 'role'>): boolean {
    return this.#taken.some(
      (right) =>
        touchedBy(right.role).includes(role) &&
        right.group === group &&
        right.resource === resource &&
        right.verb === verb,
    );
  }
}

/** What the controller has in the cluster as a whole it has in its namespaces as well. */
function touchedBy(role: Role): readonly Role[] {
  return role === 'controller' ? ['controller', 'controller-cluster'] : [role];
}

/** As `install` writes them. */
function policyRulesOf(role: Role, systemNamespace: string): readonly PolicyRule[] {
  return roles[role].map((rule) => {
    const names = rule.names?.map((name) => name.replace(/^seatrial-system:/, `${systemNamespace}:`));
    return policyRule(names === undefined ? rule : { ...rule, names });
  });
}

function refOf(role: Role, { systemNamespace }: RoleOf): ObjectRef {
  return role === 'controller-system'
    ? { resource: resources.roles, namespace: systemNamespace, name: 'seatrial-controller' }
    : { resource: resources.clusterRoles, name: `${systemNamespace}:${role}` };
}

/** Without these rights while `work` runs; with them again after it, however it ended. */
export async function without<T>(
  own: RoleOf,
  rights: readonly Right[],
  work: (taking: Taking) => Promise<T>,
): Promise<T> {
  const taking = new Taking(own, rights);
  try {
    await taking.write();
    return await work(taking);
  } finally {
    await taking.giveBack(taking.taken);
  }
}

/** The rights among those taken that a text names, as our sentences do. */
export function namedIn(text: string, rights: readonly Right[]): readonly Right[] {
  return rights.filter(({ verb, ...right }) =>
    new RegExp(`may not ${verb} ${resourceName(right).replaceAll('.', '\\.')} in (the|namespace) `).test(
      text,
    ),
  );
}

/**
 * Gives rights back one after the other, each once it was named where `read` looks, until none is missing. Returns
 * them in that order; throws when nothing was named for a while.
 */
export async function inTurn(
  taking: Taking,
  read: () => Promise<string>,
  seconds = 40,
): Promise<readonly Right[]> {
  const named: Right[] = [];
  while (taking.taken.length > 0) {
    const deadline = Date.now() + seconds * 1_000;
    let found: readonly Right[] = [];
    let text = '';
    while (found.length === 0) {
      text = await read();
      found = namedIn(text, taking.taken);
      if (found.length > 0) break;
      if (Date.now() > deadline) {
        const left = taking.taken.map((right) => `${right.verb} ${resourceName(right)}`);
        throw new Error(`not named within ${seconds} s: ${left.join(', ')}; it says:\n${text}`);
      }
      await sleep(200);
    }
    named.push(...found);
    await taking.giveBack(found);
  }
  return named;
}

export function textOf(object: KubeObject | null): string {
  return JSON.stringify(object ?? {});
}
