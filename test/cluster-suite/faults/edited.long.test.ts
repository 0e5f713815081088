import { edited } from './edited.ts';
import { fifty } from './fifty.ts';
import { stageOf } from './stage-of.ts';

const stage = await stageOf();
fifty(stage);
edited(stage);
