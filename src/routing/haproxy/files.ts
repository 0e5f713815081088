import { mkdir, writeFile } from 'node:fs/promises';
import { errorFiles } from './answers.ts';
import { type HaproxySettings, haproxyConfig, haproxyPaths } from './config.ts';
import { routerLua } from './lua.ts';

/** Writes all that `haproxy -db -f <folder>/haproxy.cfg` needs. A table that is there stays: see `tableText`. */
export async function writeHaproxyFiles(settings: HaproxySettings): Promise<void> {
  const paths = haproxyPaths(settings.folder);
  await mkdir(settings.folder, { recursive: true });
  await Promise.all([
    writeFile(paths.config, haproxyConfig(settings)),
    writeFile(paths.lua, routerLua(paths.table)),
    writeFile(paths.table, '', { flag: 'a' }),
    ...errorFiles.map(([name, text]) => writeFile(paths.error(name), text)),
  ]);
}

/**
 * The table as HAProxy reads it when it starts: the ports alone. So requests without key pass at once after a restart,
 * while keyed ones wait for the agent.
 */
export function tableText(entries: ReadonlyMap<string, string>): string {
  return [...entries]
    .filter(([name]) => /^\d+$/.test(name))
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
