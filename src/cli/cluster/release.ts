import { SeatrialError } from '../../errors.ts';
import type { Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import {
  allServices,
  type EnrolmentList,
  getList,
  type ListEntry,
  writeList,
} from '../../operator/enrolment/list.ts';
import { storedOriginal } from '../../operator/enrolment/original.ts';
import { usedServices } from '../../operator/enrolment/wanted.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Context } from '../verb.ts';
import { type ClusterOptions, type Connection, until, withCluster } from './connect.ts';
import { userServices } from './enroll.ts';

export interface ReleaseOptions extends ClusterOptions {
  readonly force?: boolean;
  readonly wait?: number;
}

const waitSeconds = 60;

/** Takes Services, or all of the namespace, off the list; the controller gives them back, and this waits for it. */
export async function release(
  context: Context,
  services: readonly string[],
  options: ReleaseOptions,
): Promise<ExitCode> {
  return withCluster(context, options, async (connection) => {
    const { kube, namespace, signal } = connection;
    const enrolled = (await userServices(connection)).filter((service) => storedOriginal(service) !== null);
    const asked = services.length === 0 ? enrolled.map(({ metadata }) => metadata.name) : services;
    const used = await usedBy(connection);
    const inUse = asked.filter((service) => used.has(service));
    if (inUse.length > 0 && options.force !== true) {
      throw new SeatrialError('invalid-argument', {
        what: `Sandboxes use ${inUse.join(', ')}: without enrolment their requests reach no fork.`,
        next: 'Tear those sandboxes down first (kubectl get sbx lists them), or call again with --force.',
      });
    }
    const list = await getList(kube, namespace, signal);
    await writeList(kube, namespace, changes(list, services, asked, used), signal);
    context.terminal.progress('waiting for the controller');
    let left: readonly string[] = asked;
    await until(options.wait ?? waitSeconds, signal, async () => {
      left = stillEnrolled(await userServices(connection), asked);
      return left.length === 0 ? true : null;
    });
    const released = asked.filter((service) => !left.includes(service));
    if (options.json === true) context.terminal.printJson({ namespace, released, left });
    else context.terminal.print(textOf(namespace, released, left));
    return left.length === 0 ? exit.passed : exit.couldNotRun;
  });
}

async function usedBy({ kube, namespace, signal }: Connection): Promise<ReadonlySet<string>> {
  return usedServices((await kube.list<SandboxResource>(resources.sandboxes, { namespace }, signal)).items);
}

/** A mark in place of the entry where something else would enrol it again. */
function changes(
  list: EnrolmentList,
  services: readonly string[],
  asked: readonly string[],
  used: ReadonlySet<string>,
): Readonly<Record<string, ListEntry | null>> {
  const time = new Date().toISOString();
  const mark: ListEntry = { by: 'user', since: time, lastUsed: time, released: true };
  const stays = services.length > 0;
  const whole = stays
    ? {}
    : Object.fromEntries([...Object.keys(list), allServices].map((key) => [key, null]));
  const named = asked.map((service) => {
    const isListed = Object.hasOwn(list, service) && list[allServices] === undefined;
    const isMarked = used.has(service) || (stays && !isListed);
    return [service, isMarked ? mark : null] as const;
  });
  return { ...whole, ...Object.fromEntries(named) };
}

function stillEnrolled(services: readonly Service[], asked: readonly string[]): readonly string[] {
  return services
    .filter((service) => asked.includes(service.metadata.name) && storedOriginal(service) !== null)
    .map(({ metadata }) => metadata.name);
}

function textOf(namespace: string, released: readonly string[], left: readonly string[]): string {
  return [
    released.length === 0 && left.length === 0
      ? `Nothing is enrolled in ${namespace}.`
      : `Released ${released.join(', ') || 'nothing'}. Routers stay half a minute for callers that hold connections.`,
    ...(left.length === 0
      ? []
      : [`Still enrolled: ${left.join(', ')}. Is the controller ready? seatrial doctor says; call again.`]),
  ].join('\n');
}
