/** A secret under the three fences: its readers' policies, its own policy, and its key's policy. */
import { Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnResourcePolicy, CfnSecret, Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DatabaseTarget, SecretClass } from '../../catalog/model.ts';
import {
  breakGlassRoleName,
  rotationRoleName,
  secretName,
  secretTag,
  type DatabaseEngine,
  type Sensitivity,
} from '../../contract/index.ts';
import { acknowledge } from '../../policy/acknowledge.ts';
import { roleArn } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import { keyId } from '../key-usage.ts';
import { accessPolicy } from './access-policy.ts';
import { generatedValue } from './generated-value.ts';
import { checkTags, databaseTags, type SecretTags } from './secret-tags.ts';

export interface ManagedSecretProps {
  /** First word of the secret's name. */
  readonly environment: string;
  /** Second word of the secret's name. */
  readonly application: string;
  /** Third word of the secret's name. */
  readonly name: string;
  readonly class: SecretClass;
  /** Team that answers for the secret. */
  readonly owner: string;
  /** Name of the contact whom the secret's alarms page. */
  readonly contact: string;
  /** The key of the environment and sensitivity; an alias will do. */
  readonly encryptionKey: IKey;
  /** @default 'standard' */
  readonly sensitivity?: Sensitivity;
  /** @default - none */
  readonly description?: string;
  /**
   * `generated`: by Secrets Manager at creation, never again by a deploy. `supplied`: the secret is created without a
   * value, an operator puts it.
   * @default 'generated'
   */
  readonly value?: 'generated' | 'supplied';
  /**
   * Which user of which database the secret is for.
   * @default - none; needed for class `database`, refused for the others
   */
  readonly database?: DatabaseTarget;
  /**
   * The engine whose rotation function reads this secret to administrate other users.
   * @default - it administrates none
   */
  readonly adminFor?: DatabaseEngine;
  /**
   * Roles that start a rotation, and put the value where it is supplied. They can't read it.
   * @default - none
   */
  readonly operators?: readonly IRole[];
  /**
   * Why no schedule rotates the secret. Without it, a secret that has no schedule fails the synth.
   * @default - a schedule rotates it, see `DatabaseRotation.addSchedule`
   */
  readonly rotatedManually?: string;
  /**
   * ARN patterns of the roles that change the secret and its policy.
   * @default - the CloudFormation execution roles of `cdk bootstrap` in the stack's account
   */
  readonly deployers?: readonly string[];
}

/** How a declared reader may read. */
export interface ReaderAccess {
  /** `vpc`: through the endpoints and from the networks of the fences alone. */
  readonly network: 'vpc' | 'any';
  /** Whether it may read the value of a rotation under way, too. */
  readonly pending: boolean;
  /**
   * The account of a role that is not of the secret's own.
   * @default - the secret's account
   */
  readonly account?: string;
}

/**
 * A secret named `<environment>/<application>/<name>` that stays when its stack goes, and that nobody reads or writes
 * whom its declaration does not name.
 *
 * @example
 * const ordersDb = new ManagedSecret(stack, 'OrdersDb', {
 *   environment: 'prod',
 *   application: 'payments',
 *   name: 'orders-db',
 *   class: 'database',
 *   owner: 'team-payments',
 *   contact: 'payments-oncall',
 *   encryptionKey: key,
 *   database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: 'payments_orders' },
 * });
 */
export class ManagedSecret extends Construct {
  /** The secret for constructs of the AWS library. Its `grantRead` opens one fence of three: use `Consumer.grantRead`. */
  readonly secret: ISecret;
  readonly secretArn: string;
  /** `<environment>/<application>/<name>`. */
  readonly fullName: string;
  readonly environment: string;
  readonly encryptionKey: IKey;
  readonly database: DatabaseTarget | undefined;
  /** What depends on it is deployed after the secret is fenced. */
  readonly policy: CfnResourcePolicy;

  readonly #resource: CfnSecret;
  readonly #readers: ({ arn: string } & ReaderAccess)[] = [];
  #rotator: string | undefined;

  constructor(scope: Construct, id: string, props: ManagedSecretProps) {
    super(scope, id);
    checkProps(this, props);
    const { environment, application, name, sensitivity = 'standard', value = 'generated' } = props;
    this.environment = environment;
    this.encryptionKey = props.encryptionKey;
    this.database = props.database;
    this.fullName = secretName(environment, application, name);

    const generated = value === 'generated' ? generatedValue[props.class] : undefined;
    this.#resource = new CfnSecret(this, 'Secret', {
      name: this.fullName,
      kmsKeyId: keyId(props.encryptionKey),
      ...(props.description !== undefined && { description: props.description }),
      ...(generated && { generateSecretString: generated }),
    });
    this.#resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.addTags({
      [secretTag.environment]: environment,
      [secretTag.application]: application,
      [secretTag.secret]: name,
      [secretTag.owner]: props.owner,
      [secretTag.contact]: props.contact,
      [secretTag.class]: props.class,
      [secretTag.sensitivity]: sensitivity,
      ...(props.adminFor && { [secretTag.adminFor]: props.adminFor }),
      ...(props.database && databaseTags(props.database)),
    });

    this.secretArn = this.#resource.attrId;
    this.secret = Secret.fromSecretAttributes(this, 'Reference', {
      secretCompleteArn: this.secretArn,
      encryptionKey: props.encryptionKey,
    });

    if (props.adminFor)
      this.declareReader(roleArn(this, rotationRoleName(environment, props.adminFor)), {
        network: 'any',
        pending: true,
      });
    const operators = (props.operators ?? []).map((role) => role.roleArn);
    this.policy = new CfnResourcePolicy(this, 'Policy', {
      secretId: this.secretArn,
      blockPublicPolicy: true,
      resourcePolicy: Lazy.any({
        produce: () =>
          accessPolicy({
            readers: this.#readers.map(({ arn }) => arn),
            ...(this.#rotator !== undefined && { rotator: this.#rotator }),
            writers: value === 'supplied' ? operators : [],
            operators,
            deployers: props.deployers ?? [roleArn(this, 'cdk-*-cfn-exec-role-*')],
            breakGlass: roleArn(this, breakGlassRoleName(environment)),
            root: Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'root' }),
          }),
      }),
    });
    // A secret that stays without its fence would be open to every policy of the account.
    this.policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    if (props.rotatedManually !== undefined) {
      acknowledge(this.#resource, {
        'AwsSolutions-SMG4': props.rotatedManually,
        'NIST.800.53.R5-SecretsManagerRotationEnabled': props.rotatedManually,
      });
    }
  }

  /**
   * Names a principal that may read the value. It needs permission in its own policy too: use `Consumer.grantRead`.
   *
   * @param arn - of the role; `*` and `?` are wildcards.
   */
  declareReader(arn: string, access: ReaderAccess): void {
    this.#readers.push({ arn, ...access });
  }

  /** Names the role that may write new values. */
  declareRotator(arn: string): void {
    this.#rotator = arn;
  }

  /** Sets tags of the contract. */
  addTags(tags: SecretTags): void {
    checkTags(this, tags);
    for (const [key, value] of Object.entries(tags)) this.#resource.tags.setTag(key, value);
  }
}

const checkProps = (scope: Construct, props: ManagedSecretProps): void => {
  const { class: secretClass, value = 'generated', database } = props;
  for (const part of ['environment', 'application', 'name'] as const) {
    if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(props[part])) {
      throw invalidProps(
        scope,
        `${part} can't be "${props[part]}": write lower-case letters, digits and hyphens, such as "orders-db"`,
      );
    }
  }
  if (value === 'generated' && generatedValue[secretClass] === undefined) {
    throw invalidProps(
      scope,
      `Secrets Manager can't generate a value of class ${secretClass}: write value: 'supplied' and let an operator put it`,
    );
  }
  if ((secretClass === 'database') !== (database !== undefined)) {
    throw invalidProps(
      scope,
      database
        ? `database is for class database (got class ${secretClass}): leave it out`
        : 'A secret of class database needs database: write engine, host, dbname and username',
    );
  }
};
