/** A plan to start from. The name is checked before, so that nothing in it needs to be quoted. */
export function planTemplate(name: string, service: string): string {
  return `---
seatrial: 1
name: ${name}
selectionHint: Checks that ${service} answers as before. Pick when ${service} changes.
covers: { services: [${service}] }
---
# ${name}

What this proves, for people.

## The answer is as expected

\`\`\`yaml step
id: first
http: { service: ${service}, method: GET, path: / }
expect:
  status: 200
\`\`\`

## Nothing else changed

\`\`\`yaml step
id: same
smart_diff:
  steps: [first]
\`\`\`
`;
}
