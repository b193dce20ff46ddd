/** The managed policies of a reader: the ARN of each secret while they fit, and else the tags of them all. */
import { Annotations, Lazy, Stack, Token } from 'aws-cdk-lib';
import { CfnManagedPolicy, PolicyDocument, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, DependencyGroup } from 'constructs';
import { secretArnPattern, type SecretLocation, secretsNamed } from '../../contract/index.ts';
import {
  anyKeyOf,
  idOfKey,
  type IamLogin,
  policySize,
  type ReadableSecret,
  readByTagsStatements,
  readStatements,
  type SecretKey,
  type Statement,
} from '../../reader-policies/reader-policy.ts';
import {
  addToPages,
  howToRead,
  type NamedSecret,
  type PolicyLimits,
  type PolicyPage,
  readableOf,
  replicaOf,
  statementsOf,
} from '../../reader-policies/reading.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { locationOf, secretNamed } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import { keyIdFor } from '../key-usage.ts';
import type { ManagedSecret, Replica } from './managed-secret.ts';
import type { IManagedSecret } from './secret-interface.ts';
import { nameInTags } from './name-in-tags.ts';

/** The application of a consumer: if ARNs do not fit into one policy, it can read that application's secrets by tags. */
export interface ReaderApplication {
  readonly environment: string;
  /** How the names of the application's secrets begin. */
  readonly namePrefix: string;
  /** Whether the reader may read by tags. */
  readonly byTags: boolean;
  /** Whether the policy that reads by tags is in another stack: here the secrets have the tags. */
  readonly tagPolicyElsewhere?: boolean;
}

export interface ReaderPoliciesProps {
  /** Name of the consumer, or of the role. */
  readonly name: string;
  /** For messages. */
  readonly title: string;
  /** Whose policies they are. Absent: somebody else deploys them, and only their size is checked. */
  readonly role?: IRole;
  readonly limits: PolicyLimits;
  /** Absent for a role that is granted a secret itself. */
  readonly application?: ReaderApplication;
}

export class ReaderPolicies {
  readonly #scope: Construct;
  readonly #props: ReaderPoliciesProps;
  readonly #location: SecretLocation;
  /** As long as {@link ReaderPolicies.#location} can become. */
  readonly #longest: SecretLocation;
  /** By what stands in for it where policies are measured. */
  readonly #real = new Map<ReadableSecret, ReadableSecret>();
  readonly #secrets: ManagedSecret[] = [];
  /** Secrets of other applications, as long as they can become. */
  readonly #shared: ReadableSecret[] = [];
  readonly #logins: IamLogin[] = [];
  readonly #policies: CfnManagedPolicy[] = [];
  /** For what must wait until the reader can read: policies that come later count, too. */
  readonly deployed = new DependencyGroup();
  #pages: PolicyPage[] = [];
  #byTags = false;
  readonly #keysElsewhere: SecretKey[] = [];
  /** Where it reads replicas. */
  readonly #regions = new Set<string>();

  constructor(scope: Construct, props: ReaderPoliciesProps) {
    this.#scope = scope;
    this.#props = props;
    this.#location = locationOf(scope);
    const { partition, account, region } = this.#location;
    this.#longest = {
      partition: Token.isUnresolved(partition) ? 'aws-us-gov' : partition,
      account: Token.isUnresolved(account) ? '0'.repeat(12) : account,
      region: Token.isUnresolved(region) ? 'ap-southeast-9' : region,
    };
    this.#byTags = props.application?.tagPolicyElsewhere === true;
  }

  get count(): number {
    return this.#policies.length;
  }

  /** What the policies allow for one secret and its replicas. */
  statementsFor(secret: ManagedSecret): Statement[] {
    const { encryptionKey, secretName, replicas } = secret;
    return readStatements(this.#location, [
      { arn: this.#arnOf(secret), key: this.#keyOf(encryptionKey) },
      ...replicas.map((replica) => replicaOf(this.#location, secretName, keyOfReplica(replica))),
    ]);
  }

  readElsewhere(encryptionKeys: readonly IKey[], replicas: readonly Replica[]): void {
    this.#keysElsewhere.push(...encryptionKeys.map((key) => this.#keyOf(key)), ...replicas.map(keyOfReplica));
    if (!this.#byTags) this.#readByTags();
    this.#readIn(replicas);
  }

  addSecret(secret: ManagedSecret): void {
    this.#secrets.push(secret);
    if (this.#byTags && this.#isByTags(secret)) this.#nameInTags(secret);
    else this.#addByArn(secret);
    this.#settle();
    this.#readIn(secret.replicas);
  }

  /** A secret of another application, whose stack names this reader: by ARN, since the tags are for one application. */
  addShared(secret: NamedSecret): void {
    const { environment } = this.#application();
    const real = readableOf(this.#location, environment, secret);
    for (const [index, standIn] of readableOf(this.#longest, environment, secret).entries()) {
      this.#real.set(standIn, real[index] ?? standIn);
      this.#shared.push(standIn);
      this.#addToPages({ secrets: [standIn], logins: [] });
    }
    this.#settle();
    this.#readIn((secret.replicas ?? []).map((region) => ({ region })));
  }

  /** A secret of another app, by its ARN. */
  addImported({ secretArn, encryptionKey }: IManagedSecret): Statement[] {
    const readable = { arn: secretArn, key: this.#keyOf(encryptionKey) };
    this.#shared.push(readable);
    this.#addToPages({ secrets: [readable], logins: [] });
    this.#settle();
    return readStatements(this.#location, [readable]);
  }

  addLogin(login: IamLogin): void {
    this.#logins.push(login);
    this.#addToPages({ secrets: [], logins: [login] });
    this.#settle();
  }

  #settle(): void {
    const { title, limits, role, application } = this.#props;
    const byTags = application?.byTags === true && this.#secrets.some((secret) => this.#isByTags(secret));
    const reading = this.#byTags ? 'by tags' : howToRead(this.#pages.length, { ...limits, byTags });
    if (reading === 'by tags' && !this.#byTags) {
      this.#readByTags();
      return;
    }
    const policies = this.#pages.length + this.#tagPolicies;
    if (policies > limits.policies || policySize(this.#statements(this.#longest, 0)) > limits.size) {
      throw invalidProps(
        this.#scope,
        `${title} reads more than its policies hold, ${limits.policies} of ` +
          `${limits.size.toLocaleString('en')} characters: let fewer secrets name it as their reader, or ` +
          (role && application?.byTags === false
            ? 'read by tags (byTag: auto, with a role of ours)'
            : 'split it in two'),
      );
    }
    if (role) for (let index = this.#policies.length; index < policies; index++) this.#addPolicy(role, index);
  }

  #readByTags(): void {
    this.#byTags = true;
    this.#pages = [];
    for (const secret of this.#secrets) {
      if (this.#isByTags(secret)) this.#nameInTags(secret);
      else this.#addByArn(secret);
    }
    for (const secret of this.#shared) this.#addToPages({ secrets: [secret], logins: [] });
    for (const login of this.#logins) this.#addToPages({ secrets: [], logins: [login] });
    Annotations.of(this.#scope).addInfoV2(
      'strongroom:readsByTags',
      `${this.#props.title} reads its secrets by their tags: their ARNs do not fit into one policy.`,
    );
    this.#settle();
    for (const region of [this.#location.region, ...this.#regions]) this.#acknowledgeTags(region);
  }

  #acknowledgeTags(region: string): void {
    const [policy] = this.#policies;
    if (!policy || this.#tagPolicies === 0) return;
    acknowledgeWildcards(policy, {
      [secretsNamed({ ...this.#location, region }, this.#application().namePrefix)]:
        'The tags of the secret and of the role name the very reader, and the policy of the secret does too.',
    });
  }

  /** Each of the regions is in the policies from now on. */
  #readIn(replicas: readonly Pick<Replica, 'region'>[]): void {
    for (const { region } of replicas) {
      if (this.#regions.has(region)) continue;
      this.#regions.add(region);
      for (const policy of this.#policies) this.#acknowledgeKeys(policy, region);
      if (this.#byTags) this.#acknowledgeTags(region);
    }
  }

  /** Its policy names the others by their ARNs. */
  #isByTags(secret: ManagedSecret): boolean {
    const { application } = this.#props;
    return application !== undefined && isOurs(secret) && secret.secretName.startsWith(application.namePrefix);
  }

  #nameInTags(secret: ManagedSecret): void {
    nameInTags(this.#scope, secret, this.#props.name);
    // The policy names no secret, so nothing else makes it wait until they have their tags.
    if (this.#tagPolicies > 0) this.#policies[0]?.addResourceDependency(secret._policy);
  }

  #addByArn(secret: ManagedSecret): void {
    const { secretName, replicas } = secret;
    this.#addToPages({ secrets: [this.#measured(secret)], logins: [] });
    for (const key of replicas.map(keyOfReplica)) {
      const standIn = replicaOf(this.#longest, secretName, key);
      this.#real.set(standIn, replicaOf(this.#location, secretName, key));
      this.#addToPages({ secrets: [standIn], logins: [] });
    }
  }

  #addToPages(more: PolicyPage): void {
    addToPages(this.#longest, this.#pages, more, this.#props.limits);
  }

  /** ARNs that the template creates have no length before the deployment, so examples are measured. */
  #measured(secret: ManagedSecret): ReadableSecret {
    const arn = this.#arnOf(secret);
    const key = this.#keyOf(secret.encryptionKey);
    const standIn = {
      arn: isOurs(secret) ? secretArnPattern(this.#longest, secret.secretName) : arn,
      key:
        'arn' in key && Token.isUnresolved(key.arn) ? { arn: `${anyKeyOf(this.#longest)}${key.arn.padEnd(36)}` } : key,
    };
    this.#real.set(standIn, { key, arn });
    return standIn;
  }

  /** A secret of another stack by its name: its policy names this reader, so each of the two stacks would wait for the other. */
  #arnOf(secret: ManagedSecret): string {
    const isElsewhere = Stack.of(secret) !== Stack.of(this.#scope);
    return isElsewhere && isOurs(secret) ? secretNamed(this.#scope, secret.secretName) : secret.secretArn;
  }

  #keyOf(key: IKey): SecretKey {
    const id = keyIdFor(this.#scope, key);
    return id.startsWith('alias/') ? { alias: id } : { arn: id };
  }

  #addPolicy(role: IRole, index: number): void {
    const scope = new Construct(new Construct(this.#scope, `ReadSecrets${index === 0 ? '' : index + 1}`), 'Policy');
    const policy = new CfnManagedPolicy(scope, 'Resource', {
      description: `Reads the secrets that declare ${this.#scope.node.id} as their reader`,
      path: '/',
      roles: [role.roleName],
      policyDocument: Lazy.any({
        produce: () =>
          new PolicyDocument({
            statements: this.#statements(this.#location, index).map((one) => PolicyStatement.fromJson(one)),
          }),
      }),
    });
    for (const region of [this.#location.region, ...this.#regions]) this.#acknowledgeKeys(policy, region);
    this.#policies.push(policy);
    this.deployed.add(policy);
  }

  #acknowledgeKeys(policy: CfnManagedPolicy, region: string): void {
    acknowledgeWildcards(policy, {
      [anyKeyOf({ ...this.#location, region })]:
        'The key belongs to another stack: kms:ResourceAliases names it, and the encryption context names the secrets.',
    });
  }

  #statements(place: SecretLocation, index: number): Statement[] {
    const tagPolicies = this.#tagPolicies;
    if (index < tagPolicies) return readByTagsStatements(place, this.#application(), this.#keys());
    const { secrets, logins } = this.#pages[index - tagPolicies] ?? { secrets: [], logins: [] };
    return statementsOf(place, {
      secrets: place === this.#longest ? secrets : secrets.map((one) => this.#real.get(one) ?? one),
      logins,
    });
  }

  /** How many of the policies read by tags; they come first. */
  get #tagPolicies(): number {
    return this.#byTags && this.#props.application?.tagPolicyElsewhere !== true ? 1 : 0;
  }

  /** @throws ValidationError for a role that is not of an application: nothing asks it */
  #application(): ReaderApplication {
    const { application, title } = this.#props;
    if (!application) throw invalidProps(this.#scope, `${title} is of no application`);
    return application;
  }

  #keys(): SecretKey[] {
    const own = this.#secrets
      .filter((secret) => this.#isByTags(secret))
      .flatMap(({ encryptionKey, replicas }) => [this.#keyOf(encryptionKey), ...replicas.map(keyOfReplica)]);
    return [...new Map([...own, ...this.#keysElsewhere].map((key) => [idOfKey(key), key])).values()];
  }
}

/** An adopted secret keeps its own name and tags. */
const isOurs = ({ adopted }: ManagedSecret): boolean => adopted === undefined;

const keyOfReplica = ({ region, keyAlias }: Replica) => ({ alias: keyAlias, region });
