/** What a rotation function may ask and change at RDS, and which master secrets it may read: those of what it serves. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { partialSecretArn } from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { anyKey, locationOf } from '../arns.ts';
import { throughSecretsManager } from '../key-usage.ts';
import { PolicyPages } from '../policy-pages.ts';

/** An RDS instance, or an Aurora or DocumentDB cluster, by its identifier. */
export type RdsServer = { readonly rds: string } | { readonly rdsCluster: string };

export class RdsAccess extends Construct {
  readonly #known = new Set<string>();
  readonly #pages: PolicyPages<RdsPolicy>;

  constructor(scope: Construct, id: string, role: IRole) {
    super(scope, id);
    this.#pages = new PolicyPages((page) => new RdsPolicy(this, page, role));
  }

  /** Finds the server, and reads the master secret that RDS keeps for it. */
  allow(server: RdsServer): void {
    const arn = arnOf(this, server);
    if (!this.#isNew('read', arn)) return;
    if ('rds' in server) this.#pages.pageFor(1).allowInstance(arn);
    else this.#pages.pageFor(2).allowCluster(arn);
  }

  /** Sets the server's master password. */
  allowMasterPassword(server: RdsServer): void {
    const arn = arnOf(this, server);
    if (this.#isNew('modify', arn)) this.#pages.pageFor(1).allowMasterPassword(server, arn);
  }

  #isNew(access: string, arn: string): boolean {
    const key = `${access} ${arn}`;
    const isNew = !this.#known.has(key);
    this.#known.add(key);
    return isNew;
  }
}

class RdsPolicy extends Construct {
  readonly #policy: ManagedPolicy;
  readonly #masters = new Map<string, string[]>();
  readonly #statements = new Map<string, PolicyStatement>();

  constructor(scope: Construct, id: string, role: IRole) {
    super(scope, id);
    this.#policy = new ManagedPolicy(this, 'Policy', {
      description: 'Finds RDS servers and reads the master secrets that RDS keeps for them',
      roles: [role],
    });
  }

  allowInstance(arn: string): void {
    const everyInstance = arnOf(this, { rds: '*' });
    this.#statement('describe-instances', () => {
      acknowledgeWildcards(this.#policy, {
        [everyInstance]:
          'Which read replicas an instance has is known to RDS alone; what is described holds no secret.',
      });
      return { actions: ['rds:DescribeDBInstances'], resources: [everyInstance] };
    });
    this.#readMaster('rds!db-*', 'aws:rds:primaryDBInstanceArn', arn);
  }

  allowCluster(arn: string): void {
    this.#statement('describe-clusters', () => ({ actions: ['rds:DescribeDBClusters'] })).addResources(arn);
    this.#readMaster('rds!cluster-*', 'aws:rds:primaryDBClusterArn', arn);
  }

  allowMasterPassword(server: RdsServer, arn: string): void {
    const action = 'rds' in server ? 'rds:ModifyDBInstance' : 'rds:ModifyDBCluster';
    this.#statement(action, () => ({ actions: [action] })).addResources(arn);
  }

  /** RDS tags the master secrets it makes: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html */
  #readMaster(namePattern: string, tag: string, arn: string): void {
    const masterSecrets = partialSecretArn(locationOf(this), namePattern);
    const read = this.#statement(`read ${namePattern}`, () => {
      acknowledgeWildcards(this.#policy, {
        [masterSecrets]: 'A tag that RDS alone can set narrows the pattern to the master secrets of the servers named.',
      });
      return {
        actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        resources: [masterSecrets],
      };
    });
    // The owner of the server chooses the key of its master secret; the AWS managed key needs no permission.
    this.#statement(`decrypt ${namePattern}`, () => {
      acknowledgeWildcards(this.#policy, {
        [anyKey(this)]:
          'The key of a master secret is not known here: the encryption context names these secrets alone.',
      });
      return {
        actions: ['kms:Decrypt'],
        resources: [anyKey(this)],
        conditions: throughSecretsManager(this, [masterSecrets]),
      };
    });
    const arns = this.#masters.get(tag) ?? [];
    arns.push(arn);
    this.#masters.set(tag, arns);
    read.addCondition('StringEquals', { [`aws:ResourceTag/${tag}`]: [...arns].sort() });
  }

  #statement(key: string, make: () => ConstructorParameters<typeof PolicyStatement>[0]): PolicyStatement {
    const known = this.#statements.get(key);
    if (known) return known;
    const statement = new PolicyStatement(make());
    this.#statements.set(key, statement);
    this.#policy.addStatements(statement);
    return statement;
  }
}

const arnOf = (scope: Construct, server: RdsServer): string =>
  Stack.of(scope).formatArn({
    service: 'rds',
    resource: 'rds' in server ? 'db' : 'cluster',
    resourceName: 'rds' in server ? server.rds : server.rdsCluster,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
