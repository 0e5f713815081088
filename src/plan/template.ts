import type { ServiceConfig } from '../config/config.ts';

export interface NewPlan {
  readonly name: string;
  /** From the plans folder. */
  readonly file: string;
  readonly text: string;
}

/** A plan to start from, ready to save and run: the service's readiness path, asserted and compared with the baseline. */
export function planTemplate(
  service: Pick<ServiceConfig, 'name' | 'ready'>,
  name = planName(service.name),
): NewPlan {
  const path = service.ready.kind === 'http' ? service.ready.path : '/';
  const quoted = JSON.stringify(service.name);
  const text = `---
seatrial: 1
name: ${name}
selectionHint: ${JSON.stringify(`Checks that ${service.name} answers as before. Pick when its code changes.`)}
covers: { services: [${quoted}] }
---
# The answers of ${heading(service.name)} stay as they are

Replace the request below by those that callers of the service send. Each step is one request; a step that only
prepares or cleans up is marked \`proof: none\`.

## Ask for what callers ask for

\`\`\`yaml step
id: first
http: { service: ${quoted}, method: GET, path: ${JSON.stringify(path)} }
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
