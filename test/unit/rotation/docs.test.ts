import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { databaseErrorKinds } from '../../../lambdas/databases/errors.ts';
import { rotationErrorCodes } from '../../../lambdas/rotation/core/rotation-error.ts';

it('docs/rotation.md explains every error code, and none that there is not', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/rotation.md'), 'utf8');
  const failures = page.slice(page.indexOf('## Failures'), page.indexOf('## Imported secrets'));
  const explained = [...failures.matchAll(/^\| `([^`]+)` /gm)].map(([, code]) => code);

  expect(explained).toEqual([...rotationErrorCodes, ...databaseErrorKinds.map((kind) => `database-${kind}`)]);
});
