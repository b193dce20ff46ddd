/** An account in which everything is as an environment declares it, until a test changes it. */
import type {
  AlarmFacts,
  BucketLifecycleFacts,
  EvidenceSource,
  FunctionFacts,
  KeyFacts,
  KeyRotationFacts,
  LogGroupFacts,
  TrailFacts,
  TrailSelectorFacts,
  TrailStatusFacts,
} from '../../cli/operators/evidence/ports.ts';
import type { SecretState } from '../../cli/operators/ports.ts';
import { CommandError } from '../../cli/terminal/errors.ts';
import { keyAlias, rotationAlarmName, trailName } from '../../lib/contract/index.ts';
import type { EnvironmentCatalog } from '../../lib/model/index.ts';

export const closedPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
      Resource: '*',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/dev-payments-api'] } },
    },
  ],
});

type Method = Exclude<keyof EvidenceSource, 'close'>;

export class EvidenceModel implements EvidenceSource {
  account: string;
  readonly keys = new Map<string, KeyFacts>();
  rotation: KeyRotationFacts = { enabled: true, periodDays: 365 };
  readonly secrets = new Map<string, SecretState>();
  readonly policies = new Map<string, string>();
  trailFound: TrailFacts | undefined;
  status: TrailStatusFacts = { logging: true };
  selectors: TrailSelectorFacts = { allManagementEvents: true };
  versioning: { enabled: boolean } | undefined = { enabled: true };
  publicAccess: { blocked: boolean } | undefined = { blocked: true };
  encryption: { algorithm: string } | undefined = { algorithm: 'aws:kms' };
  lifecycle: BucketLifecycleFacts | undefined = { expirationDays: 400 };
  alarmsFound: AlarmFacts[];
  functionFound: FunctionFacts | undefined;
  groups: LogGroupFacts[];
  /** Methods that AWS denies to the caller. */
  readonly denied = new Set<Method>();
  /** Whether there are credentials. */
  hasCredentials = true;

  constructor({ name, account, region, applications }: EnvironmentCatalog, now: Date) {
    this.account = account;
    for (const sensitivity of ['standard', 'high'] as const) {
      const alias = keyAlias(name, sensitivity);
      const arn = `arn:aws:kms:${region}:${account}:key/${sensitivity}`;
      const spec = 'SYMMETRIC_DEFAULT';
      this.keys.set(alias, { arn, state: 'Enabled', manager: 'CUSTOMER', origin: 'AWS_KMS', multiRegion: false, spec });
    }
    for (const { fullName, sensitivity } of applications.flatMap(({ secrets }) => secrets)) {
      this.secrets.set(fullName, {
        arn: `arn:aws:secretsmanager:${region}:${account}:secret:${fullName}-AbCdEf`,
        name: fullName,
        rotationEnabled: true,
        tags: {},
        labels: {},
        keyId: keyAlias(name, sensitivity),
        createdAt: new Date(now.getTime() - 400 * 24 * 3_600_000),
        lastRotatedAt: new Date(now.getTime() - 24 * 3_600_000),
      });
      this.policies.set(fullName, closedPolicy);
    }
    this.trailFound = {
      arn: `arn:aws:cloudtrail:${region}:${account}:trail/${trailName(name)}`,
      bucket: 'files-of-the-trail',
      multiRegion: true,
      validatesFiles: true,
      keyArn: `arn:aws:kms:${region}:${account}:key/trail`,
    };
    const alarm = (alarmName: string): AlarmFacts => ({
      name: alarmName,
      arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${alarmName}`,
      state: 'OK',
      actions: 1,
    });
    this.alarmsFound = [
      alarm(`strongroom-${name}-audit-errors`),
      alarm(rotationAlarmName(`${name}/payments/orders-db`)),
      // Of another environment of the account.
      { ...alarm(rotationAlarmName('other/payments/orders-db')), state: 'ALARM' },
    ];
    this.functionFound = {
      arn: `arn:aws:lambda:${region}:${account}:function:strongroom-${name}-audit`,
      state: 'Active',
      runtime: 'nodejs24.x',
    };
    const group = `/aws/lambda/strongroom-${name}-audit`;
    this.groups = [{ name: group, arn: `arn:aws:logs:${region}:${account}:log-group:${group}:*`, retentionDays: 365 }];
  }

  whoAmI() {
    if (!this.hasCredentials) return Promise.reject(new CommandError('no-credentials', 'no valid AWS credentials'));
    return Promise.resolve({ account: this.account, arn: `arn:aws:iam::${this.account}:role/auditor` });
  }
  key(alias: string) {
    return this.#answer('key', this.keys.get(alias));
  }
  keyRotation() {
    return this.#answer('keyRotation', this.rotation);
  }
  secret(name: string) {
    return this.#answer('secret', this.secrets.get(name));
  }
  secretPolicy(name: string) {
    return this.#answer('secretPolicy', this.policies.get(name));
  }
  trail() {
    return this.#answer('trail', this.trailFound);
  }
  trailStatus() {
    return this.#answer('trailStatus', this.status);
  }
  trailSelectors() {
    return this.#answer('trailSelectors', this.selectors);
  }
  bucketVersioning() {
    return this.#answer('bucketVersioning', this.versioning);
  }
  bucketPublicAccess() {
    return this.#answer('bucketPublicAccess', this.publicAccess);
  }
  bucketEncryption() {
    return this.#answer('bucketEncryption', this.encryption);
  }
  bucketLifecycle() {
    return this.#answer('bucketLifecycle', this.lifecycle);
  }
  alarms(prefix: string) {
    return this.#answer(
      'alarms',
      this.alarmsFound.filter(({ name }) => name.startsWith(prefix)),
    );
  }
  functionState() {
    return this.#answer('functionState', this.functionFound);
  }
  logGroups(prefix: string) {
    return this.#answer(
      'logGroups',
      this.groups.filter(({ name }) => name.startsWith(prefix)),
    );
  }
  close(): void {
    // It has no clients.
  }

  #answer<Value>(method: Method, value: Value): Promise<Value> {
    if (!this.denied.has(method)) return Promise.resolve(value);
    return Promise.reject(new CommandError('aws-denied', `could not ask (${method}): not authorized`, { exitCode: 1 }));
  }
}
