import { doctorNames, rightsOfController, rightsOfOthers } from './rights.ts';
import { stageOf } from './stage-of.ts';

const stage = await stageOf();
doctorNames(stage);
rightsOfController(stage);
rightsOfOthers(stage);
