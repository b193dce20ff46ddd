/** Who called: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
import type { Caller } from '../request.ts';

export interface UserIdentity {
  readonly type?: 'AssumedRole' | 'IAMUser' | 'Root' | 'AWSService';
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  readonly sessionContext?: {
    readonly sessionIssuer: Readonly<Record<'type' | 'principalId' | 'arn' | 'accountId' | 'userName', string>>;
    readonly attributes: { readonly creationDate: string; readonly mfaAuthenticated: string };
  };
  readonly invokedBy?: string;
}

/** @param sessionStart when the session was first seen, ms since the epoch */
export const userIdentityOf = (caller: Caller, sessionStart: number): UserIdentity => {
  switch (caller.kind) {
    case 'service':
      return { type: 'AWSService', invokedBy: caller.service };
    case 'role':
      return {
        type: 'AssumedRole',
        principalId: caller.principalId,
        arn: caller.arn,
        accountId: caller.account,
        accessKeyId: caller.accessKeyId,
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: caller.principalId.split(':')[0] ?? caller.principalId,
            arn: caller.roleArn,
            accountId: caller.account,
            userName: lastSegment(caller.roleArn),
          },
          attributes: {
            creationDate: new Date(sessionStart).toISOString().replace(/\.\d{3}Z$/, 'Z'),
            mfaAuthenticated: 'false',
          },
        },
      };
    case 'administrator': {
      const { account, arn, accessKeyId } = caller;
      const identity = { principalId: account, arn, accountId: account, accessKeyId };
      return arn.endsWith(':root')
        ? { type: 'Root', ...identity }
        : {
            type: 'IAMUser',
            ...identity,
            principalId: accessKeyId.replace(/^AKIA/, 'AIDA'),
            userName: lastSegment(arn),
          };
    }
  }
};

const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
