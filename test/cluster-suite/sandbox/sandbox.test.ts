import { stageOf } from '../faults/stage-of.ts';
import { adopted } from './adopted.ts';
import { baselineCommit } from './baseline-commit.ts';
import { mixed } from './mixed.ts';
import { notCounted } from './not-counted.ts';
import { observed } from './observed.ts';
import { sharedEffects } from './shared-effects.ts';

/** What design.md's section 6 says of a sandbox, on one stage. */
const stage = await stageOf();
observed(stage);
sharedEffects(stage);
mixed(stage);
notCounted(stage);
baselineCommit(stage);
adopted(stage);
