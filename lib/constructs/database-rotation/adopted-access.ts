/** The keys of adopted secrets that a rotation function needs; the secrets' own policies allow it the rest. */
import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AdoptedSecret } from '../../model/catalog.ts';
import { throughSecretsManager } from '../key-usage.ts';
import { PolicyPages } from '../policy-pages.ts';

export class AdoptedAccess extends Construct {
  readonly #pages: PolicyPages<KeyPolicy>;

  constructor(scope: Construct, id: string, role: IRole) {
    super(scope, id);
    this.#pages = new PolicyPages((page) => new KeyPolicy(this, page, role));
  }

  /** Nothing to do where the key is the AWS managed one, which serves every principal of its account. */
  allow({ arn, keyArn }: AdoptedSecret): void {
    if (keyArn !== undefined) this.#pages.pageFor(2).allow(keyArn, arn);
  }
}

class KeyPolicy extends Construct {
  readonly #secretArns: string[] = [];
  readonly #statement = new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'] });

  constructor(scope: Construct, id: string, role: IRole) {
    super(scope, id);
    new ManagedPolicy(this, 'Policy', {
      description: 'Uses the keys of adopted secrets',
      roles: [role],
      statements: [this.#statement],
    });
  }

  allow(keyArn: string, secretArn: string): void {
    this.#secretArns.push(secretArn);
    this.#statement.addResources(keyArn);
    const { StringEquals, StringLike } = throughSecretsManager(this, this.#secretArns);
    this.#statement.addCondition('StringEquals', StringEquals);
    this.#statement.addCondition('StringLike', StringLike);
  }
}
