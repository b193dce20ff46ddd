/** What a rotation function may do: rotate the secrets that name it, and read the admin credentials it needs for that. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { secretTag, type DatabaseEngine } from '../../contract/index.ts';
import { secretsOf } from '../arns.ts';
import { useKeyForSecrets } from '../key-usage.ts';

export interface RotationScope {
  readonly environment: string;
  readonly engine: DatabaseEngine;
  /** ARN of the rotation function. */
  readonly functionArn: string;
  readonly encryptionKeys: readonly IKey[];
}

/** Secrets of the environment: those that name this function, and to read only, those tagged as an admin of its engine. */
export const rotationStatements = (scope: Construct, rotation: RotationScope): PolicyStatement[] => {
  const secrets = secretsOf(scope, rotation.environment);
  return [
    new PolicyStatement({
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      resources: [secrets],
      conditions: { StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': rotation.functionArn } },
    }),
    new PolicyStatement({
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      resources: [secrets],
      conditions: { StringEquals: { [`aws:ResourceTag/${secretTag.adminFor}`]: rotation.engine } },
    }),
    // The sweep finds its secrets by their tags.
    new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
    ...rotation.encryptionKeys.map((key) =>
      useKeyForSecrets(scope, key, ['kms:Decrypt', 'kms:GenerateDataKey'], [secrets]),
    ),
  ];
};
