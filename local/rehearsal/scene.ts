/** The actors of the rehearsal, each with its own credentials, and what each can do. */
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import pg from 'pg';
import {
  createSecrets,
  createSecretsManagerReader,
  type DatabaseCredential,
  type Secrets,
} from '../../client/index.ts';
import type { Catalog, EnvironmentCatalog } from '../../lib/model/catalog.ts';
import { consumerRoleName, operatorPolicyName, partialSecretArn, secretName } from '../../lib/contract/index.ts';
import type { Platform } from '../platform.ts';
import { subject, taskId } from './subject.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface DeclaredSecrets {
  readonly [subject.secret]: DatabaseCredential;
}

export type ApplicationSecrets = Secrets<DeclaredSecrets>;

export class Scene {
  readonly platform: Platform;
  readonly environment: EnvironmentCatalog;
  /** `dev/payments/orders-db`. */
  readonly secret = secretName(subject.environment, subject.application, subject.secret);

  constructor(platform: Platform, catalog: Catalog) {
    const environment = catalog.environments.find(({ name }) => name === subject.environment);
    if (!environment) throw new Error(`The example catalog has no environment ${subject.environment}`);
    this.platform = platform;
    this.environment = environment;
  }

  /** The subject's secret as ARN in the other environment, which its role has no business with. */
  get elsewhere(): string {
    const { account, environment } = subject.elsewhere;
    return partialSecretArn(
      { partition: 'aws', account, region: this.environment.region },
      secretName(environment, subject.application, subject.secret),
    );
  }

  /** Secrets Manager as the administrator of an account. */
  administrator(account: string = subject.account): SecretsManagerClient {
    return this.#secretsManager(this.#administrator(account));
  }

  /** Secrets Manager under a consumer's role, as ECS would hand it to a task. */
  async consumer(application: string, consumer: string): Promise<SecretsManagerClient> {
    return this.#secretsManager(await this.#taskRole(application, consumer));
  }

  /** The client that the subject application imports, under its own role. */
  async application(): Promise<ApplicationSecrets> {
    const client = await this.consumer(subject.application, subject.consumer);
    return createSecrets<DeclaredSecrets>({
      application: subject.application,
      environment: subject.environment,
      reader: createSecretsManagerReader({ client }),
    });
  }

  /**
   * Secrets Manager as the first operator of an environment. The operators' role belongs to the organisation, not to
   * the app, so the rehearsal makes it, with the policy that the app has for it.
   */
  async operator(environment: EnvironmentCatalog): Promise<SecretsManagerClient> {
    const [roleArn] = environment.operators;
    if (roleArn === undefined) throw new Error(`${environment.name} names no operators`);
    const settings = {
      endpoint: this.platform.aws.endpoint,
      region: environment.region,
      credentials: this.#administrator(environment.account),
    };
    const trust = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${environment.account}:root` }, Action: 'sts:AssumeRole' },
      ],
    };
    const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    const iam = new IAMClient(settings);
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    const PolicyArn = `arn:aws:iam::${environment.account}:policy/${operatorPolicyName(environment.name)}`;
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { Credentials: session } = await new STSClient(settings).send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'rehearsal' }),
    );
    if (!session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken)
      throw new Error(`No session for ${roleArn}`);
    return this.#secretsManager({
      accessKeyId: session.AccessKeyId,
      secretAccessKey: session.SecretAccessKey,
      sessionToken: session.SessionToken,
    });
  }

  /** Logs in to the secret's database and returns the user there. @throws what the server says. */
  async logIn({ host, port, dbname, username, password }: DatabaseCredential): Promise<string> {
    const client = new pg.Client({
      host,
      port,
      database: dbname,
      user: username,
      password,
      ssl: { ca: this.platform.ca },
      connectionTimeoutMillis: 60_000,
      query_timeout: 60_000,
    });
    await client.connect();
    try {
      const { rows } = await client.query<{ current_user: string }>('SELECT current_user');
      return rows[0]?.current_user ?? '';
    } finally {
      await client.end();
    }
  }

  #taskRole(application: string, consumer: string): Promise<Credentials> {
    const roleName = consumerRoleName(subject.environment, application, consumer);
    const { aws } = this.platform;
    const task = taskId();
    return aws.assumeForService({
      roleArn: `arn:aws:iam::${subject.account}:role/${roleName}`,
      service: 'ecs-tasks.amazonaws.com',
      sourceArn: `arn:aws:ecs:${aws.region}:${subject.account}:task/local/${task}`,
      sessionName: task,
    });
  }

  #administrator(account: string): Credentials {
    const keys = this.platform.aws.accounts[account];
    if (!keys) throw new Error(`The local AWS has no account ${account}`);
    return keys;
  }

  #secretsManager(credentials: Credentials): SecretsManagerClient {
    return new SecretsManagerClient({
      endpoint: this.platform.aws.endpoint,
      region: this.environment.region,
      credentials,
    });
  }
}
