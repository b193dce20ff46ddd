/** What a rotation function may ask RDS, and which master secrets it may read: those of the instances that it serves. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../../policy/acknowledge.ts';
import { anyKey } from '../arns.ts';
import { throughSecretsManager } from '../key-usage.ts';

/** So many ARNs fit twice into the 6,144 characters of a policy, with the longest identifiers that RDS takes. */
const instancesAPolicy = 20;

/** Grows with the instances: a policy for each twenty, and a role may have ten. */
export class RdsAccess extends Construct {
  readonly #role: IRole;
  readonly #known = new Set<string>();
  readonly #policies: RdsPolicy[] = [];

  constructor(scope: Construct, id: string, role: IRole) {
    super(scope, id);
    this.#role = role;
  }

  /** @param instance - RDS instance identifier. */
  allow(instance: string): void {
    if (this.#known.has(instance)) return;
    if (this.#known.size % instancesAPolicy === 0) {
      this.#policies.push(new RdsPolicy(this, `Policy${this.#policies.length + 1}`, this.#role));
    }
    this.#known.add(instance);
    this.#policies.at(-1)?.allow(instance);
  }
}

class RdsPolicy extends Construct {
  readonly #describe = new PolicyStatement({ actions: ['rds:DescribeDBInstances'] });
  readonly #readMaster: PolicyStatement;
  readonly #arns: string[] = [];

  constructor(scope: Construct, id: string, role: IRole) {
    super(scope, id);
    const masterSecrets = rdsMasterSecrets(this);
    this.#readMaster = new PolicyStatement({
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      resources: [masterSecrets],
    });
    const policy = new ManagedPolicy(this, 'Policy', {
      description: 'Finds RDS instances and reads the master secrets that RDS keeps for them',
      roles: [role],
      statements: [
        this.#describe,
        this.#readMaster,
        // The owner of the instance chooses the key of its master secret; the AWS managed key needs no permission.
        new PolicyStatement({
          actions: ['kms:Decrypt'],
          resources: [anyKey(this)],
          conditions: throughSecretsManager(this, [masterSecrets]),
        }),
      ],
    });
    acknowledgeWildcards(policy, {
      [masterSecrets]: 'A tag that RDS alone can set narrows the pattern to the master secrets of the instances named.',
      [anyKey(this)]: 'The key of a master secret is not known here: the encryption context names these secrets alone.',
    });
  }

  allow(instance: string): void {
    const arn = Stack.of(this).formatArn({
      service: 'rds',
      resource: 'db',
      resourceName: instance,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.#arns.push(arn);
    this.#describe.addResources(arn);
    // RDS tags the master secrets it makes: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    this.#readMaster.addCondition('StringEquals', {
      'aws:ResourceTag/aws:rds:primaryDBInstanceArn': [...this.#arns].sort(),
    });
  }
}

/** RDS names the secrets that it manages `rds!db-<id>`. */
const rdsMasterSecrets = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: 'rds!db-*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
