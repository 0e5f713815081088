import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { attempt, type Ran, run } from './process.ts';

const script = join(import.meta.dirname, '../../cluster/helm');
const buildSeconds = 1_800;

/** Runs Helm 4 against the cluster; without an error where it fails. Nothing of the user's own Helm is read or written. */
export interface Helm {
  (...args: readonly string[]): Promise<Ran>;
  [Symbol.dispose](): void;
}

/** The Helm that SEATRIAL_HELM names, else one built from Go modules; rejects where neither can be. */
export async function openHelm(cluster: Cluster): Promise<Helm> {
  const program = (await run([script], { env: cluster.env, seconds: buildSeconds })).trim();
  const home = mkdtempSync(join(tmpdir(), 'seatrial-helm-'));
  const folders = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const env = { ...cluster.env, ...folders };
  const helm = (...args: readonly string[]) => attempt([program, ...args], { env, seconds: 300 });
  return Object.assign(helm, { [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }) });
}

/** A chart of these files in a folder of its own. */
export function writeChart(
  files: Readonly<Record<string, string>>,
): { readonly folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-chart-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
