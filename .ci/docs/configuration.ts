import { configReference } from '../../src/config/reference.ts';
import { table } from './section.ts';

/** Every key of `seatrial.yaml`, from the schema that reads it. */
export function configurationSection(): string {
  const rows = configReference().map(({ key, type, default: usual, description, env }) => [
    `\`${key}\``,
    type,
    usual === null ? 'required' : `\`${usual}\``,
    env === null ? description : `${description} Also \`${env}\`.`,
  ]);
  return table(['key', 'type', 'default', 'meaning'], rows);
}
