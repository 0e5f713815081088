import { agents } from './agents.ts';
import { badInput } from './bad-input.ts';
import { stageOf } from './stage-of.ts';

const stage = await stageOf();
agents(stage);
badInput(stage);
