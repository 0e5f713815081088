import { idNoise } from './ids.ts';
import { listNoises } from './lists.ts';
import type { NoiseOperator } from './noise.ts';
import { timeNoise } from './times.ts';
import { valueNoises } from './values.ts';

export const noiseOperators: readonly NoiseOperator[] = [
  ...idNoise,
  ...timeNoise,
  ...valueNoises,
  ...listNoises,
];
