import { diffy } from './diffy.ts';
import { keploy } from './keploy.ts';
import { raw } from './raw.ts';
import type { Rival } from './rival.ts';
import { schema } from './schema.ts';

export const rivals: readonly Rival[] = [raw, diffy, keploy, schema];
