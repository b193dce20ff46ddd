/** Whether a call may go on: every check that it asks for is put to the policies of what was deployed. */
import { isWildcardOnlyAction } from '@cloud-copilot/iam-simulate';
import type { CredentialStore } from '../identity/credentials.ts';
import type { Authorize } from '../pipeline.ts';
import type { AwsRequest } from '../request.ts';
import { ServiceError } from '../service-call.ts';
import { protocolOf } from '../wire/answer.ts';
import type { Check, Checks } from './check.ts';
import type { Deployed } from './deployed.ts';
import { dynamoDbChecks } from './dynamodb-checks.ts';
import { evaluate } from './evaluate.ts';
import { kmsChecks } from './kms-checks.ts';
import { cloudFormationChecks, lambdaChecks, otherChecks, sqsChecks } from './other-checks.ts';
import { principalOf, type Surroundings } from './principal.ts';
import { s3Checks } from './s3-checks.ts';
import { secretsManagerChecks } from './secrets-manager-checks.ts';
import { stsChecks } from './sts-checks.ts';

const checksOf: Readonly<Record<string, Checks>> = {
  secretsmanager: secretsManagerChecks,
  kms: kmsChecks,
  sts: stsChecks,
  s3: s3Checks,
  lambda: lambdaChecks,
  sqs: sqsChecks,
  cloudformation: cloudFormationChecks,
  dynamodb: dynamoDbChecks,
};

/** Signing names that differ from the prefix of the service's actions. */
const actionPrefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', email: 'ses' };

export const createAuthorize =
  (deployed: Deployed, credentials: CredentialStore, surroundings: Surroundings): Authorize =>
  async (request) => {
    const checks = await checksFor(request, deployed);
    if (checks === undefined) {
      // Safe side: calls without a mapping to a resource are for administrators, which no policy restricts.
      if (request.caller.kind === 'administrator') return;
      throw refusal(
        request,
        `${prefixOf(request)}:${request.operation} is not mapped to its resource in the local gateway, which refuses it ` +
          'to roles: add it in local/gateway/authorization/',
      );
    }
    const principal = await principalOf(request, deployed, credentials, surroundings);
    for (const check of checks) {
      const decision = await evaluate(principal, check);
      if (decision.allowed) continue;
      throw refusal(
        request,
        check.refusal ??
          `User: ${principal.arn} is not authorized to perform: ${check.action} on resource: ${check.resource.arn} ${decision.why}`,
      );
    }
  };

const checksFor = async (request: AwsRequest, deployed: Deployed): Promise<readonly Check[] | undefined> => {
  const checks = await (checksOf[request.service] ?? otherChecks)(request, deployed);
  if (checks) return Promise.all(checks.map(onAllResourcesIfItMust));
  const action = `${prefixOf(request)}:${request.operation}`;
  if (!(await isOnAllResources(action))) return undefined;
  return [{ action, resource: { arn: '*', account: request.caller.account } }];
};

const prefixOf = ({ service }: AwsRequest): string => actionPrefixes[service] ?? service;

/** Some actions have no resource: policies grant them only on `*`. */
const onAllResourcesIfItMust = async (check: Check): Promise<Check> =>
  (await isOnAllResources(check.action))
    ? { ...check, resource: { arn: '*', account: check.resource.account } }
    : check;

const isOnAllResources = async (action: string): Promise<boolean> => {
  const [service = '', operation = ''] = action.split(':');
  try {
    return await isWildcardOnlyAction(service, operation);
  } catch {
    // No such action: the evaluator knows none of that name.
    return false;
  }
};

const refusal = (request: AwsRequest, message: string): ServiceError => {
  const protocol = protocolOf(request.service, request);
  return protocol === 'json'
    ? new ServiceError('AccessDeniedException', message, 400)
    : new ServiceError(protocol === 'rest-json' ? 'AccessDeniedException' : 'AccessDenied', message, 403);
};
