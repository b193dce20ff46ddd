import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { knownFunctionCodes, remedyOf, runbooks } from '../../../cli/operators/remedies.ts';
import { databaseErrorKinds } from '../../../lambdas/databases/errors.ts';
import { rotationErrorCodes } from '../../../lambdas/rotation/core/rotation-error.ts';

const codes = [...rotationErrorCodes, ...databaseErrorKinds.map((kind) => `database-${kind}`)];

describe('a runbook', () => {
  it.each(Object.values(runbooks))('is there: %s', (path) => {
    expect(existsSync(join(import.meta.dirname, '../../..', path))).toBe(true);
  });
});

describe('a remedy', () => {
  it('is there for every code of the rotation function, and for no other', () => {
    expect([...knownFunctionCodes].sort()).toEqual([...codes].sort());
  });

  it.each(codes)('is one sentence that names the secret where it must (%s)', (code) => {
    const remedy = remedyOf(code, 'dev/payments/orders-db');
    expect(remedy).toMatch(/^[A-Z][^\n]+\.$/);
    expect(remedy.replaceAll(/\.(?=\w)/g, '').slice(0, -1)).not.toMatch(/\. /);
    expect(remedy).not.toContain('SECRET');
  });

  it('of a code that this version does not know says where to look', () => {
    expect(remedyOf('brand-new', 'x')).toBe('Look up brand-new in docs/rotation.md.');
  });
});
