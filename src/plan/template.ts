import type { ServiceConfig } from '../config/config.ts';

export interface NewPlan {
  readonly name: string;
  /** From the plans folder. */
  readonly file: string;
  readonly text: string;
}

/**
 * A plan to start from, ready to save. Its path is one that no service has: a run of it as it is fails on the baseline
 * and so is inconclusive, where a readiness path would pass without having checked a thing.
 */
export function planTemplate(service: Pick<ServiceConfig, 'name'>, name = planName(service.name)): NewPlan {
  const quoted = JSON.stringify(service.name);
  const text = `---
seatrial: 1
name: ${name}
selectionHint: ${JSON.stringify(`Checks that ${service.name} answers as before. Pick when its code changes.`)}
covers: { services: [${quoted}] }
---
# The answers of ${heading(service.name)} stay as they are

Put a path that callers of the service ask for in place of the one below, and add their other requests. Each step is
one request; a step that only prepares or cleans up is marked \`proof: none\`.

## Ask for what callers ask for

\`\`\`yaml step
id: first
http: { service: ${quoted}, method: GET, path: /put-a-path-of-its-callers-here }
expect:
  status: 200
\`\`\`

## Compare the answers with the baseline's

\`\`\`yaml step
id: same
smart_diff: { steps: [first] }
\`\`\`
`;
  return { name, file: `${name}.md`, text };
}

function planName(service: string): string {
  const plain = service
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40);
  return `${plain || 'service'}-contract`;
}

function heading(name: string): string {
  return name.replace(/[^\w .-]/g, '');
}
