/** The decision itself, by an evaluator of IAM's published rules. */
import { runSimulation, type RequestAnalysis } from '@cloud-copilot/iam-simulate';
import { isRecord } from '../service-call.ts';
import type { Check, Context } from './check.ts';
import type { NamedPolicy } from './deployed-role.ts';

export interface Principal {
  /** ARN of a user or a session, or a service's name. */
  readonly arn: string;
  readonly identityPolicies: readonly NamedPolicy[];
  readonly permissionsBoundary?: NamedPolicy;
  /** Of a session that was restricted when it was made: one document with all its statements. */
  readonly sessionPolicy?: unknown;
  readonly context: Context;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Whether the principal may, and if not, which kind of policy is to blame, in AWS's words. */
export const evaluate = async (principal: Principal, check: Check): Promise<Decision> => {
  const { action, resource } = check;
  const result = await runSimulation(
    {
      request: {
        principal: principal.arn,
        action,
        resource: { resource: resource.arn, accountId: resource.account },
        contextVariables: withColonlessKeys({
          ...principal.context,
          ...check.context,
          ...Object.fromEntries(
            Object.entries(resource.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
          ),
          'aws:ResourceAccount': resource.account,
        }),
      },
      identityPolicies: principal.identityPolicies.map(({ name, policy }) => ({
        name,
        policy: withColonlessConditions(policy),
      })),
      ...(principal.permissionsBoundary && {
        permissionBoundaryPolicies: [
          {
            name: principal.permissionsBoundary.name,
            policy: withColonlessConditions(principal.permissionsBoundary.policy),
          },
        ],
      }),
      ...(principal.sessionPolicy !== undefined && {
        sessionPolicy: withColonlessConditions(principal.sessionPolicy),
      }),
      ...(resource.policy !== undefined && { resourcePolicy: withColonlessConditions(resource.policy) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(`${action} on ${resource.arn} can't be evaluated: ${JSON.stringify(result.errors)}`);
  }
  if (result.overallResult === 'Allowed') return { allowed: true };
  const analysis = result.resultType === 'single' ? result.result.analysis : result.results.at(-1)?.analysis;
  return { allowed: false, why: analysis ? blame(analysis, action) : noIdentityPolicy(action) };
};

const noIdentityPolicy = (action: string): string => `because no identity-based policy allows the ${action} action`;

const blame = (analysis: RequestAnalysis, action: string): string => {
  const denies = (part: { denyStatements: readonly unknown[] } | undefined): boolean =>
    (part?.denyStatements.length ?? 0) > 0;
  if (denies(analysis.identityAnalysis)) return 'with an explicit deny in an identity-based policy';
  if (denies(analysis.resourceAnalysis)) return 'with an explicit deny in a resource-based policy';
  if (denies(analysis.permissionBoundaryAnalysis)) return 'with an explicit deny in a permissions boundary';
  if (denies(analysis.sessionAnalysis)) return 'with an explicit deny in a session policy';
  if (analysis.identityAnalysis?.result !== 'Allowed') return noIdentityPolicy(action);
  if (analysis.permissionBoundaryAnalysis && analysis.permissionBoundaryAnalysis.result !== 'Allowed') {
    return `because no permissions boundary allows the ${action} action`;
  }
  if (analysis.sessionAnalysis && analysis.sessionAnalysis.result !== 'Allowed') {
    return `because no session policy allows the ${action} action`;
  }
  return `because no resource-based policy allows the ${action} action`;
};

/**
 * The evaluator forgets a condition key with a variable part after a colon (`kms:EncryptionContext:SecretARN`), does not
 * know a service's tag key whose tag has a colon (`secretsmanager:ResourceTag/aws:…`), nor the keys of an issuer of tokens
 * (`ci.example.com:sub`). Global keys may hold all three: the first and the last go in under another name, the second as
 * `aws:ResourceTag`, which is the same, in requests and policies alike.
 * Needed until @cloud-copilot/iam-simulate takes them (0.1.173 does not).
 */
const colonless = (key: string): string =>
  key
    .replace(/^kms:EncryptionContext:/i, 'aws:RequestTag/kms-context-')
    .replace(/^secretsmanager:ResourceTag\//i, 'aws:ResourceTag/')
    .replace(/^([^:]+\.[^:]+):(aud|sub)$/i, 'aws:RequestTag/$1-$2');

const withColonlessKeys = (context: Context): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(context).map(([key, value]) => [colonless(key), typeof value === 'string' ? value : [...value]]),
  );

const withColonlessConditions = (policy: unknown): unknown => {
  if (!isRecord(policy)) return policy;
  return { ...policy, Statement: [policy['Statement']].flat().map(withColonlessStatement) };
};

const withColonlessStatement = (statement: unknown): unknown => {
  if (!isRecord(statement) || !isRecord(statement['Condition'])) return statement;
  return {
    ...statement,
    Condition: Object.fromEntries(
      Object.entries(statement['Condition']).map(([operator, keys]) => [
        operator,
        isRecord(keys)
          ? Object.fromEntries(Object.entries(keys).map(([key, values]) => [colonless(key), values]))
          : keys,
      ]),
    ),
  };
};
