import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, so that no worker begins one when the other has nothing left to do. */
const long = [
  'engine/engine',
  'mcp/loop',
  'faults/faults',
  'doctor/doctor',
  'controller/killed',
  'router/router',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((name) => moduleId.includes(`/${name}.test.ts`));
      return at === -1 ? long.length : at;
    };
    return files.toSorted((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}
