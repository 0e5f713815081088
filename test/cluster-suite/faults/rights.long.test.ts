import { rightsOfController, rightsOfOthers } from './rights.ts';
import { stageOf } from './stage-of.ts';

const stage = await stageOf();
rightsOfController(stage);
rightsOfOthers(stage);
