/** A reader's policy in as few statements as it takes, since IAM allows a policy 6,144 characters. */
import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../../policy/acknowledge.ts';
import { anyKey } from '../arns.ts';
import { keyId, throughSecretsManager, useKeyForSecrets } from '../key-usage.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';

/** Below IAM's limit by more than the error of the estimate: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const sizeLimit = 5_500;
const statementSize = 450;

/** Reads some secrets, each named exactly, with one statement for them and one for each of their keys. */
export class ReadPolicy extends Construct {
  readonly #policy: ManagedPolicy;
  readonly #read = new PolicyStatement({ actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'] });
  readonly #keys = new Map<string, { statement: PolicyStatement; secretArns: string[] }>();
  #size = statementSize;

  constructor(scope: Construct, id: string, { role, description }: { role: IRole; description: string }) {
    super(scope, id);
    this.#policy = new ManagedPolicy(this, 'Policy', { description, roles: [role], statements: [this.#read] });
    acknowledgeWildcards(this.#policy, {
      [anyKey(this)]:
        'The key belongs to another stack: kms:ResourceAliases names it, and the encryption context names the very secret.',
    });
  }

  hasRoomFor(secret: ManagedSecret): boolean {
    return this.#size + sizeOf(secret) + statementSize <= sizeLimit;
  }

  add(secret: ManagedSecret): void {
    const { secretArn, encryptionKey } = secret;
    this.#size += sizeOf(secret);
    this.#read.addResources(secretArn);
    const known = this.#keys.get(keyId(encryptionKey));
    if (known) {
      known.secretArns.push(secretArn);
      known.statement.addCondition('StringLike', throughSecretsManager(this, known.secretArns).StringLike);
      return;
    }
    const statement = useKeyForSecrets(this, encryptionKey, ['kms:Decrypt'], [secretArn]);
    this.#keys.set(keyId(encryptionKey), { statement, secretArns: [secretArn] });
    this.#policy.addStatements(statement);
    this.#size += statementSize;
  }
}

/** The ARN stands once as a resource and once as an encryption context; 80 characters of it are not the name. */
const sizeOf = ({ fullName }: ManagedSecret): number => 2 * (80 + fullName.length);
