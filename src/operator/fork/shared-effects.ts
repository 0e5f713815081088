import type { Container, Deployment } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';

const migrations =
  /\b(migrat(e|ions?)|flyway|liquibase|alembic|goose|dbmate|sqitch|db:(migrate|setup|schema:load)|db-upgrade)\b/i;
const consumers =
  /\b(celery|sidekiq|resque|rq worker|dramatiq|faktory|consumers?|queue:work|queue-worker|huey)\b/i;
const clocks = /\b(celery beat|cron|crond|crontab|supercronic|scheduler|schedule:(run|work)|clockwork)\b/i;

/**
 * What a copy of the workload would do to state that all share, by itself and without a request: a phrase, or null.
 * Read from commands, arguments and the names of init containers; a guess, which the annotation
 * `seatrial.dev/shared-effects: none` on the Deployment overrules.
 */
export function sharedEffects({ metadata, spec }: Deployment): string | null {
  if (metadata.annotations?.[annotations.sharedEffects] === 'none') return null;
  const { containers, initContainers = [] } = spec.template.spec;
  for (const container of initContainers) {
    if (migrations.test(`${container.name} ${words(container)}`)) {
      return `runs migrations at start (init container ${container.name})`;
    }
  }
  for (const container of containers) {
    const text = words(container);
    if (clocks.test(text)) return `runs work by the clock (container ${container.name})`;
    if (migrations.test(text)) return `runs migrations at start (container ${container.name})`;
    if (consumers.test(text)) return `consumes a queue (container ${container.name})`;
  }
  return null;
}

function words({ command, args }: Container): string {
  return [command, args].flatMap((part) => (Array.isArray(part) ? part.map(String) : [])).join(' ');
}
