import { jsonSchema } from '../../src/tool/json-schema.ts';
import type { AnyTool } from '../../src/tool/tool.ts';
import { catalogue } from '../../tools/catalogue.ts';
import { table } from './section.ts';

interface Property {
  readonly type?: unknown;
  readonly anyOf?: readonly { readonly type?: unknown }[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

/** The six tools, from the catalogue: what agents are shown is what the README says. */
export function toolsSection(): string {
  return catalogue.map(toolText).join('\n\n');
}

function toolText(tool: AnyTool<never>): string {
  const { properties = {} } = jsonSchema(tool.input, 'input');
  const rows = Object.entries(properties as Readonly<Record<string, Property>>).map(([name, property]) => [
    `\`${name}\``,
    typeOf(property),
    [property.description, property.default === undefined ? undefined : `default ${property.default}`]
      .filter((text) => text !== undefined)
      .join('; '),
  ]);
  const out = Object.keys(Object(jsonSchema(tool.output, 'output').properties));
  return [
    `### \`${tool.name}\``,
    tool.description,
    table(['argument', 'type', 'meaning'], rows),
    `Returns ${out.map((name) => `\`${name}\``).join(', ')}. ${riskText(tool)}`,
  ].join('\n\n');
}

function typeOf({ type, anyOf, enum: values }: Property): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(' or ');
  return anyOf === undefined ? String(type ?? 'any') : anyOf.map((one) => String(one.type)).join(' or ');
}

function riskText({ risk }: AnyTool<never>): string {
  if (risk.readOnlyHint) return 'Changes nothing.';
  return risk.destructiveHint
    ? 'Destroys what it names; calling it again harms nothing.'
    : 'Destroys nothing.';
}
