/** The order of test files: what takes longest comes first, so that no worker is left alone with it in the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of more than half a minute by the ends of their paths, the longest first: a fresh clone has measured nothing yet. */
const longest = [
  'integration/rotation/real-faults.test.ts',
  'e2e/rehearsal.test.ts',
  'integration/packages/cli.test.ts',
  'e2e/fresh-machine/hostile.test.ts',
  'e2e/local.test.ts',
  'integration/rotation/endurance.test.ts',
  'integration/databases/postgres-clone.test.ts',
  'integration/packages/strongroom.test.ts',
  'e2e/fresh-machine.test.ts',
  'integration/constructs/first-rotation.test.ts',
  'integration/local/gateway-core/install.test.ts',
  'integration/matrix/matrix.test.ts',
  'integration/databases/postgres-many-objects.test.ts',
  'integration/constructs/layouts.test.ts',
  'integration/packages/upgrade.test.ts',
  'integration/packages/client-tools.test.ts',
  'integration/rotation/wrong-keys.test.ts',
  'simulation/single-user.test.ts',
  'simulation/alternating-users.test.ts',
  'simulation/dual-password.test.ts',
  'simulation/admin.test.ts',
  'infra/access/matrix/widenings.test.ts',
  'infra/access/matrix/matrix.test.ts',
  'infra/stacks/scale-deploy-plan.test.ts',
  'infra/stacks/app.test.ts',
  'infra/stacks/examples.test.ts',
  'unit/docs/snippets.test.ts',
];

/** Files of one project stay together if they share a worker: they leave it with the first file of another project. */
const projects = ['simulation', 'infra', 'unit'];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = await super.sort(files);
    return known.toSorted((a, b) => projectOf(a) - projectOf(b) || rankOf(a) - rankOf(b));
  }
}

const projectOf = ({ project: { name } }: TestSpecification): number => placeIn(projects, (one) => one === name);

const rankOf = ({ moduleId }: TestSpecification): number => placeIn(longest, (end) => moduleId.endsWith(`/${end}`));

const placeIn = <One>(all: readonly One[], is: (one: One) => boolean): number => {
  const place = all.findIndex(is);
  return place === -1 ? all.length : place;
};
