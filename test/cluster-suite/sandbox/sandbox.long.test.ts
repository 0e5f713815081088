import { stageOf } from '../faults/stage-of.ts';
import { heldUp } from './held-up.ts';
import { lease } from './lease.ts';
import { restored } from './restored.ts';
import { withoutController } from './without-controller.ts';

/** What takes its time of design.md's section 6; see `sandbox.test.ts`. */
const stage = await stageOf();
lease(stage);
heldUp(stage);
restored(stage);
withoutController(stage);
