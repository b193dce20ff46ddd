/** Which events the fast lane takes: EventBridge rules that send to the queue of the normaliser. */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  guardingPatterns,
  keyGovernancePattern,
  keyGrantsPattern,
  keyUsePattern,
  secretCallsPattern,
} from '../../contract/index.ts';
import { secretNamed, type SecretNames } from '../arns.ts';
import { guardedNames } from './audit-names.ts';
import { keyUsePatterns } from './key-use-patterns.ts';

export const createAuditRules = (
  scope: Construct,
  {
    environment,
    secretNames,
    isWatched,
  }: {
    readonly environment: string;
    readonly secretNames?: SecretNames;
    /** Whether there are detections, for which the calls of other services are taken. */
    readonly isWatched: boolean;
  },
  { queue, deadLetterQueue }: { readonly queue: IQueue; readonly deadLetterQueue: IQueue },
): CfnRule[] => {
  const createRule = (id: string, description: string, eventPattern: object): CfnRule =>
    new CfnRule(scope, id, {
      description,
      eventPattern,
      // Reads such as GetSecretValue reach a rule in this state only, which the L2 construct does not know:
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      targets: [{ id: 'Queue', arn: queue.queueArn, deadLetterConfig: { arn: deadLetterQueue.queueArn } }],
    });
  const secretCalls = createRule(
    'SecretCalls',
    'Calls to Secrets Manager, rotations and moved labels',
    secretCallsPattern,
  );
  const keyUse = keyUsePatterns(scope, environment, secretNames).map((SecretARN, index) => {
    const id = index === 0 ? 'KeyUse' : `KeyUse${index + 1}`;
    return createRule(
      id,
      `Uses of a key for a secret of ${environment}: an independent count`,
      keyUsePattern(SecretARN),
    );
  });
  const keyGovernance = createRule(
    'KeyGovernance',
    'Changes of keys, of their policies and of their aliases',
    keyGovernancePattern,
  );
  const keyGrants = createRule('KeyGrants', 'Grants on keys that a principal gives by itself', keyGrantsPattern);
  const guarding = isWatched
    ? guardingPatterns(guardedNames(scope, environment)).map(({ id, description, pattern }) =>
        createRule(`Guarding${id}`, description, pattern),
      )
    : [];
  return [secretCalls, ...keyUse, keyGovernance, keyGrants, ...guarding];
};

/** Matches changes of one secret. An alarm counts the matches, so the rule has no target: the events are taken already. */
export const createSecretChangeRule = (scope: Construct, id: string, secret: string): CfnRule =>
  new CfnRule(scope, id, {
    description: `Changes of ${secret}: an alarm counts them`,
    eventPattern: {
      source: ['aws.secretsmanager'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventName: [...secretChangeCalls],
        // By name, by whole ARN, or by the ARN without its last six characters.
        requestParameters: { secretId: [secret, { prefix: secretNamed(scope, secret).replace(/-\?+$/, '') }] },
        errorCode: [{ exists: false }],
      },
    },
  });

/** What sets another credential, or lets somebody else set one. */
const secretChangeCalls = [
  'CancelRotateSecret',
  'DeleteResourcePolicy',
  'DeleteSecret',
  'PutResourcePolicy',
  'PutSecretValue',
  'RestoreSecret',
  'RotateSecret',
  'UpdateSecret',
  'UpdateSecretVersionStage',
] as const;
