import fc from 'fast-check';

/**
 * Properties look for new examples in every run, but in CI: there, two runs of one commit say the same of it.
 * `PROPERTY_RUNS=5000 npx vitest run test/diff/properties.test.ts` looks longer, where a property does not say itself.
 */
const runs = Number(process.env.PROPERTY_RUNS);
fc.configureGlobal({
  ...(process.env.CI === undefined ? {} : { seed: 1 }),
  ...(runs > 0 ? { numRuns: runs } : {}),
});

export default fc;
