import { describe, expect, it } from 'vitest';
import type { Deployed } from '../../../local/gateway/authorization/deployed.ts';
import { createCredentialStore } from '../../../local/gateway/identity/credentials.ts';
import {
  createOpenServiceSession,
  createOpenTokenSession,
  type ServiceSession,
  type TokenSession,
} from '../../../local/gateway/identity/sessions.ts';

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/shop`;
const sessionName = 'test';
const store = createCredentialStore();

const trusting = (Principal: unknown, Action: readonly string[], Condition: unknown): Pick<Deployed, 'role'> => ({
  role: (arn) =>
    Promise.resolve(
      arn === roleArn
        ? {
            arn,
            account,
            id: 'AROA1',
            trustPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action, Condition }] },
            identityPolicies: [],
            maxSessionSeconds: 3600,
            tags: {},
          }
        : undefined,
    ),
});

const tagsOf = async (opened: Promise<{ credentials: { accessKeyId: string } }>) =>
  store.find((await opened).credentials.accessKeyId)?.sessionTags;
const refused = { code: 'AccessDenied', status: 403 };

describe('a session for a pod of EKS', () => {
  const pods = { Service: 'pods.eks.amazonaws.com' };
  const condition = { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'shop' } };
  const pod: ServiceSession = {
    roleArn,
    sessionName,
    service: 'pods.eks.amazonaws.com',
    tags: { 'kubernetes-namespace': 'shop' },
  };

  it('has the tags that EKS gives, which the trust policy sees', async () => {
    const open = createOpenServiceSession(trusting(pods, ['sts:AssumeRole', 'sts:TagSession'], condition), store);

    expect(await tagsOf(open(pod))).toEqual({ 'kubernetes-namespace': 'shop' });
    await expect(open({ ...pod, tags: { 'kubernetes-namespace': 'bank' } })).rejects.toMatchObject(refused);
  });

  it('is refused where the trust policy lets nobody tag it', async () => {
    const open = createOpenServiceSession(trusting(pods, ['sts:AssumeRole'], condition), store);

    await expect(open(pod)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('sts:TagSession') as string,
    });
  });
});

describe('a session for a server with a certificate', () => {
  const server: ServiceSession = {
    roleArn,
    sessionName,
    service: 'rolesanywhere.amazonaws.com',
    sourceArn: 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1',
    certificate: { CN: 'backup-1', O: 'Acme' },
  };
  const trust = trusting(
    { Service: 'rolesanywhere.amazonaws.com' },
    ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    {
      ArnEquals: { 'aws:SourceArn': server.sourceArn },
      StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'backup-1' },
    },
  );

  it('has the subject in its tags, which the trust policy sees', async () => {
    const open = createOpenServiceSession(trust, store);

    expect(await tagsOf(open(server))).toEqual({ 'x509Subject/CN': 'backup-1', 'x509Subject/O': 'Acme' });
    await expect(open({ ...server, certificate: { CN: 'backup-2', O: 'Acme' } })).rejects.toMatchObject(refused);
    await expect(open({ ...server, sourceArn: `${server.sourceArn}2` })).rejects.toMatchObject(refused);
  });
});

describe('a session for a token', () => {
  const issuer = 'ci.example.com/id/1';
  const token: TokenSession = { roleArn, sessionName, issuer, audience: 'aws', subject: 'repo:shop' };
  const open = createOpenTokenSession(
    trusting({ Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` }, ['sts:AssumeRoleWithWebIdentity'], {
      StringEquals: { [`${issuer}:aud`]: 'aws', [`${issuer}:sub`]: 'repo:shop' },
    }),
    store,
  );

  it('is opened for the claims that the trust policy names', async () => {
    expect((await open(token)).caller).toMatchObject({ kind: 'role', roleArn, sessionName });
  });

  it.each<[string, Partial<TokenSession>]>([
    ['of another issuer', { issuer: 'ci.example.com/id/2' }],
    ['for another audience', { audience: 'aws2' }],
    ['of another subject', { subject: 'repo:shop2' }],
  ])('%s is refused', async (_what, other) => {
    await expect(open({ ...token, ...other })).rejects.toMatchObject(refused);
  });

  it('for a role that is not there says so', async () => {
    await expect(open({ ...token, roleArn: `${roleArn}2` })).rejects.toMatchObject({ code: 'NoSuchEntity' });
  });
});
