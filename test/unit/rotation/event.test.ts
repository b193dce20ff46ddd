/** What the rotation function accepts at its edge. */
import { describe, expect, it } from 'vitest';
import { rotationSchemaOf } from '../../../lambdas/rotation/core/event.ts';
import { parseBy } from '../../../lambdas/runtime/parse-by.ts';
import { token } from '../../_helpers/rotation-bench.ts';

const parse = (event: unknown) => parseBy(rotationSchemaOf(event), event, 'The rotation event');

describe('a step', () => {
  const good = { Step: 'createSecret', SecretId: 'arn', ClientRequestToken: token };
  const steps = 'createSecret, setSecret, testSecret, finishSecret';

  it.each([
    [undefined, 'it is missing and must be an object'],
    [null, 'it is null and must be an object'],
    [[], 'it is an array and must be an object'],
    ['canary', 'it is a string and must be an object'],
    [{ ...good, Step: 'canary' }, `Step must be one of ${steps}`],
    [{ SecretId: 'arn', ClientRequestToken: token }, `Step is missing and must be one of ${steps}`],
    [{ ...good, SecretId: 7 }, 'SecretId is a number and must be a string'],
    [{ ...good, SecretId: '' }, 'SecretId must not be empty'],
    [{ ...good, SecretId: 'canary'.repeat(400) }, 'SecretId must have at most 2048 characters'],
    [{ ...good, SecretId: { canary: 1 } }, 'SecretId is an object and must be a string'],
    [{ ...good, ClientRequestToken: 'canary' }, 'ClientRequestToken must have at least 32 characters'],
    [{ ...good, ClientRequestToken: 'canary'.repeat(20) }, 'ClientRequestToken must have at most 64 characters'],
    [
      { ...good, Step: 1, SecretId: 2, ClientRequestToken: 3 },
      `Step must be one of ${steps}; SecretId is a number and must be a string; ClientRequestToken is a number and must be a string`,
    ],
  ])('%j is refused', (event, problem) => {
    expect(() => parse(event)).toThrow(
      expect.objectContaining({
        code: 'event-invalid',
        message: `The rotation event is not valid: ${problem}`,
      }) as Error,
    );
  });

  it('may have keys that Secrets Manager added, which go no further', () => {
    expect(parse({ ...good, RotationToken: 'r' })).toEqual(good);
  });
});

describe('a request', () => {
  it.each([
    [{ Action: 'canary' }, 'Action must be one of check, rollForward, rollBack, sweep'],
    [{ Action: 7 }, 'Action must be one of check, rollForward, rollBack, sweep'],
    [{ Action: 'check' }, 'SecretId is missing and must be a string'],
    [{ Action: 'rollBack', SecretId: 'arn' }, 'ClientRequestToken is missing and must be a string'],
    [{ Action: 'sweep', SecretId: 'arn' }, 'it has the unknown key SecretId'],
    [{ Action: 'check', SecretId: 'arn', Force: true }, 'it has the unknown key Force'],
    [{ Action: 'check', SecretId: 'arn', Step: 'createSecret' }, 'it has the unknown key Step'],
    [{ Action: 'sweep', A: 1, 'canary value': 2 }, 'it has the unknown keys A, one of 12 characters'],
  ])('%j is refused', (event, problem) => {
    expect(() => parse(event)).toThrow(
      expect.objectContaining({
        code: 'event-invalid',
        message: `The rotation event is not valid: ${problem}`,
      }) as Error,
    );
  });

  it.each([
    { Action: 'check', SecretId: 'arn' },
    { Action: 'rollForward', SecretId: 'arn', ClientRequestToken: token },
    { Action: 'rollBack', SecretId: 'arn', ClientRequestToken: token },
    { Action: 'sweep' },
  ])('%j is taken', (event) => {
    expect(parse(event)).toEqual(event);
  });
});
