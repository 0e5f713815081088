import { describeEngine } from '../../sandbox/engine-contract.ts';
import { openCluster } from '../support/cluster.ts';
import { clusterLab } from './lab.ts';

const cluster = await openCluster();

describeEngine('kubernetes', () => clusterLab(cluster));
