/** What a rotation function may do: rotate the secrets that name it, and read the admin credentials it needs for that. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { secretTag, type DatabaseEngine } from '../../contract/index.ts';
import { anyKey, secretsOf } from '../arns.ts';
import { throughSecretsManager, useKeyForSecrets } from '../key-usage.ts';

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
    ...rotation.encryptionKeys.map((key) =>
      useKeyForSecrets(scope, key, ['kms:Decrypt', 'kms:GenerateDataKey'], [secrets]),
    ),
  ];
};

/** Access to RDS instances and the master secrets that RDS keeps for them; grows with {@link add}. */
export class RdsAccess {
  readonly statements: readonly PolicyStatement[];
  readonly #scope: Construct;
  readonly #instanceArns = new Set<string>();
  readonly #describe: PolicyStatement;
  readonly #readMaster: PolicyStatement;

  constructor(scope: Construct) {
    this.#scope = scope;
    const masterSecrets = rdsMasterSecrets(scope);
    this.#describe = new PolicyStatement({ actions: ['rds:DescribeDBInstances'] });
    this.#readMaster = new PolicyStatement({
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      resources: [masterSecrets],
    });
    this.statements = [
      this.#describe,
      this.#readMaster,
      // The owner of the instance chooses the key of its master secret; the AWS managed key needs no permission.
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [anyKey(scope)],
        conditions: throughSecretsManager(scope, [masterSecrets]),
      }),
    ];
  }

  /** @param instance - RDS instance identifier. */
  add(instance: string): void {
    const arn = Stack.of(this.#scope).formatArn({
      service: 'rds',
      resource: 'db',
      resourceName: instance,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    if (this.#instanceArns.has(arn)) return;
    this.#instanceArns.add(arn);
    this.#describe.addResources(arn);
    // RDS tags the master secrets it makes: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    this.#readMaster.addCondition('StringEquals', {
      'aws:ResourceTag/aws:rds:primaryDBInstanceArn': [...this.#instanceArns].sort(),
    });
  }
}

/** RDS names the secrets that it manages `rds!db-<id>`. */
export const rdsMasterSecrets = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: 'rds!db-*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
