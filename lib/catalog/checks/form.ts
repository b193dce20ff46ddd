/** Holds a secret, with the overrides of an environment merged into it, against what its class needs and has. */
import { z } from 'zod';

import { name as nameSchema } from '../words/scalars.ts';
import { secretSchema } from '../schema/secret.ts';
import { faultsOf } from '../source/faults.ts';
import type { SecretScope } from './scope.ts';

const merged = z.strictObject({ secrets: z.record(nameSchema, secretSchema) });

/** Entries by themselves are checked already: here is what only both together show. */
export const checkForm = ({ name, path, secret, isBroken, report }: SecretScope): void => {
  const result = secretSchema.safeParse(secret);
  if (result.success) return;
  const data = { secrets: { [name]: secret } };
  const { rotation } = secret;
  for (const fault of result.error.issues.flatMap((issue) => faultsOf(issue, merged, data, path))) {
    const [, , key = '', inner = ''] = fault.path;
    if (isBroken(fault.path) || (key === 'readers' && secret.readers === undefined)) continue;
    // A rotation with neither is reported as a whole.
    const isHalf = typeof rotation === 'object' && (rotation.function ?? rotation.role) !== undefined;
    if (key === 'rotation' && ['function', 'role'].includes(String(inner)) && !isHalf) continue;
    report(fault.path, fault.code, fault.problem, fault.part);
  }
};
