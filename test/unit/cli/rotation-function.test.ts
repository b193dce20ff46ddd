import type { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';

import { askFunction } from '../../../cli/adapters/rotation-function.ts';
import { credentialStates, noticeCodes, type CheckReport } from '../../../lib/contract/index.ts';

const answering = (payload: unknown): LambdaClient =>
  ({ send: () => Promise.resolve({ Payload: Buffer.from(JSON.stringify(payload)) }) }) as unknown as LambdaClient;

const ask = (payload: unknown) => askFunction(answering(payload), 'function', { Action: 'check', SecretId: 'secret' });

const report: CheckReport = {
  secret: 'dev/payments/orders-db',
  checks: [{ check: 'secret', outcome: 'ok' }],
  credentials: { current: 'logs-in' },
};

describe('the answer of a check', () => {
  it.each(credentialStates)('may have a credential that is %s', async (state) => {
    const credentials = { current: state, previous: state, pending: state, pendingVersion: 'version' };
    expect(await ask({ ...report, credentials })).toEqual({ report: { ...report, credentials } });
  });

  it.each([...noticeCodes, 'a-code-of-tomorrow'])('keeps the notice %s', async (code) => {
    const notices = [{ code, message: 'What a rotation will change.' }];
    expect(await ask({ ...report, notices })).toEqual({ report: { ...report, notices } });
  });

  it('may come from a function that knows no notices', async () => {
    expect(await ask(report)).toEqual({ report });
  });

  it('is refused where it is something else', async () => {
    await expect(ask({ ...report, credentials: { current: 'maybe' } })).rejects.toThrow(
      'gave an answer that this command does not understand',
    );
  });
});
