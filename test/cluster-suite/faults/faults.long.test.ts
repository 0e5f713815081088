import { byHand } from './by-hand.ts';
import { killed } from './killed.ts';
import { routersDown } from './routers-down.ts';
import { stageOf } from './stage-of.ts';
import { namespaceDeleted, uninstalled } from './taken-away.ts';

const stage = await stageOf();
byHand(stage);
killed(stage);
routersDown(stage);
namespaceDeleted(stage);
uninstalled(stage);
