import { describe, expect, it } from 'vitest';
import { askAccount, type AccountView, assessPosture, type LiveSecret } from '../../../../lib/contract/index.ts';
import { type AccountModel, accountViewModel } from '../../../_helpers/account-view-model.ts';
import {
  alias,
  declaredPosture,
  declaredSecret,
  liveKey,
  liveSecret,
  now,
  policy,
  secretArn,
  secretName,
} from '../../../_fixtures/posture.ts';

const deployed: AccountModel = {
  secrets: [liveSecret],
  policies: { [secretArn]: JSON.stringify(policy) },
  keys: { [alias]: liveKey },
};
const pace = () => Promise.resolve();
const postureOf = async (model: AccountModel, declared = declaredPosture()) => {
  const { view, calls } = accountViewModel(model);
  const live = await askAccount(declared, view, { pace });
  return { calls, live, report: assessPosture(declared, live, now) };
};

describe('what the account is asked', () => {
  it('is a list, a policy for each declared secret and each key once', async () => {
    const { calls, report } = await postureOf(deployed);
    expect(report.findings).toEqual([]);
    expect(report.notAsked).toEqual([]);
    expect(calls).toEqual({ secrets: 1, secret: 0, policy: 1, key: 1 });
  });

  it('is described by name if the list does not have it yet', async () => {
    const { calls, report } = await postureOf({ ...deployed, notListed: [secretName] });
    expect(report.findings).toEqual([]);
    expect(calls.secret).toBe(1);
  });

  it('is missing if AWS has no secret of the name', async () => {
    const { report } = await postureOf({ ...deployed, secrets: [] });
    expect(report.findings.map(({ code }) => code)).toEqual(['missing-secret']);
    expect(report.secrets[0]?.deployed).toBe('no');
  });

  it('is an adopted secret by its ARN, whatever has its name', async () => {
    const other: LiveSecret = { ...liveSecret, arn: secretArn.replace('AbCdEf', 'GhIjKl') };
    const declared = declaredPosture({ ...declaredSecret, arn: secretArn });
    const { report } = await postureOf({ ...deployed, secrets: [other] }, declared);
    expect(report.findings.map(({ code }) => code)).toEqual(['missing-secret', 'undeclared-secret']);
  });

  it('is no policy of a secret that is being deleted', async () => {
    const { calls } = await postureOf({ ...deployed, secrets: [{ ...liveSecret, deletedAt: now }] });
    expect(calls.policy).toBe(0);
  });
});

describe('what is refused', () => {
  it('leaves other secrets unknown if the list is, and describes the declared ones', async () => {
    const { report } = await postureOf({ ...deployed, secrets: [liveSecret, foreign(1)], refused: ['secrets'] });
    expect(report.findings).toEqual([]);
    expect(report.secrets[0]?.deployed).toBe('yes');
    expect(report.notAsked).toEqual([
      { fact: 'secrets', of: ['all secrets of the account'], count: 1, reason: 'secrets is denied' },
    ]);
  });

  it('is not guessed', async () => {
    const { report } = await postureOf({ secrets: [], refused: ['secrets', 'secret', 'policy', 'key'] });
    expect(report.findings).toEqual([]);
    expect(report.secrets[0]?.deployed).toBe('unknown');
    expect(report.notAsked.map(({ fact }) => fact)).toEqual(['secrets', 'secret', 'key']);
  });

  it('is asked no longer after twenty refusals', async () => {
    const { declared, secrets } = many(100);
    const { calls, report } = await postureOf({ ...deployed, secrets, refused: ['policy'] }, declared);
    expect(calls.policy).toBeLessThan(30);
    expect(report.notAsked).toEqual([
      { fact: 'policy', of: secrets.slice(0, 10).map(({ name }) => name), count: 100, reason: 'policy is denied' },
    ]);
  });

  it('is thrown if it is no answer of AWS', async () => {
    const { view } = accountViewModel(deployed);
    const broken: AccountView = { ...view, key: () => Promise.reject(new TypeError('a mistake of ours')) };
    await expect(askAccount(declaredPosture(), broken, { pace })).rejects.toThrow('a mistake of ours');
  });
});

it('5,000 secrets take one call each, four at a time, each paced and counted', async () => {
  const { declared, secrets } = many(5_000);
  const model = accountViewModel({ ...deployed, secrets });
  let paced = 0;
  const progress: number[] = [];
  await askAccount(declared, model.view, {
    pace: () => Promise.resolve(void (paced += 1)),
    onProgress: (done, total) => progress.push(done / total),
  });
  expect(model.calls).toEqual({ secrets: 50, secret: 0, policy: 5_000, key: 1 });
  expect(paced).toBe(5_000);
  expect(model.mostRunning()).toBeLessThanOrEqual(4);
  expect(progress.at(-1)).toBe(1);
});

const foreign = (index: number): LiveSecret => ({
  ...liveSecret,
  name: `prod/payments/s-${index}`,
  arn: `arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/payments/s-${index}-AbCdEf`,
});

const many = (count: number) => {
  const secrets = Array.from({ length: count }, (_, index) => foreign(index));
  const declared = declaredPosture(declaredSecret, {
    secrets: Object.fromEntries(secrets.map(({ name }) => [name, declaredSecret])),
  });
  return { declared, secrets };
};
