import { afterAll, beforeAll } from 'vitest';
import { openCluster } from '../support/cluster.ts';
import { openStage, type Stage } from './stage.ts';

/** One stage for all tests of a file: opened before them, and taken away after them. */
export async function stageOf(): Promise<() => Stage> {
  const cluster = await openCluster();
  let opened: Stage | null = null;
  beforeAll(async () => {
    opened = await openStage(cluster);
  }, 400_000);
  afterAll(() => opened?.close(), 300_000);
  return () => {
    if (opened === null) throw new Error('there is no stage');
    return opened;
  };
}
