/** What a rotation function may do: rotate the secrets that name it, and read the admin credentials it needs for that. */
import { Lazy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { rotatorName, secretTag, type DatabaseEngine } from '../../contract/index.ts';
import { contextsOf, type SecretNames, secretsOf } from '../arns.ts';
import { useKeyForSecrets } from '../key-usage.ts';
import { markActions, marksOnly, readActions, rotateActions } from '../secret-actions.ts';

export interface RotationScope {
  readonly environment: string;
  readonly secretNames?: SecretNames;
  readonly engine: DatabaseEngine;
  readonly network?: string;
  /** ARN of the rotation function. */
  readonly functionArn: string;
  readonly encryptionKeys: readonly IKey[];
  /** Names of the stacks whose secrets the function serves (`*` is a wildcard); may grow until the synth. */
  readonly stackNames: Iterable<string>;
}

/**
 * Secrets of the environment: those that name this function, and to read only, those tagged as an admin of its engine.
 *
 * Only secrets of our own stacks: anyone who may create a secret can give it such a name and tag, but no tag that begins
 * with `aws:`, which CloudFormation alone sets.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html
 */
export const rotationStatements = (scope: Construct, rotation: RotationScope): PolicyStatement[] => {
  const secrets = secretsOf(scope, rotation.environment, rotation.secretNames);
  const contexts = contextsOf(scope, rotation.environment, rotation.secretNames);
  const ofOurStacks = {
    StringLike: {
      'aws:ResourceTag/aws:cloudformation:stack-name': Lazy.list({ produce: () => [...rotation.stackNames] }),
    },
  };
  return [
    new PolicyStatement({
      actions: [...rotateActions],
      resources: secrets,
      conditions: {
        StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': rotation.functionArn },
        ...ofOurStacks,
      },
    }),
    new PolicyStatement({
      actions: [...markActions],
      resources: secrets,
      conditions: {
        ...marksOnly,
        StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': rotation.functionArn },
        ...ofOurStacks,
      },
    }),
    new PolicyStatement({
      actions: [...readActions],
      resources: secrets,
      conditions: {
        StringEquals: { [`aws:ResourceTag/${secretTag.adminFor}`]: rotatorName(rotation.engine, rotation.network) },
        ...ofOurStacks,
      },
    }),
    // The sweep finds its secrets by their tags.
    new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
    ...rotation.encryptionKeys.map((key) =>
      useKeyForSecrets(scope, key, ['kms:Decrypt', 'kms:GenerateDataKey'], contexts),
    ),
  ];
};
