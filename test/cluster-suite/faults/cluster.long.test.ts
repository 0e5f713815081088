import { openCluster } from '../support/cluster.ts';
import { apiServerStopped } from './api-server.ts';
import { crdFaults } from './crd.ts';
import { stageOf } from './stage-of.ts';

/** What strikes the whole cluster: the CRD, which all installations share, and the API server. Nothing runs beside it. */
const stage = await stageOf();
crdFaults(stage);
apiServerStopped(await openCluster(), stage);
