/** A function that says who it is, what it finds in its environment, and what it may do. */
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const sts = new STSClient();
const secrets = new SecretsManagerClient();

export interface Answer {
  readonly arn: string | undefined;
  readonly endpoint: string | undefined;
  readonly environment: readonly string[];
  /** `AKIA` of a user's key, `ASIA` of a session's. */
  readonly accessKeyKind: string | undefined;
  readonly listSecrets: string;
  readonly node: string;
  readonly pid: number;
  /** The emulator's. */
  readonly parentPid: number;
}

export const handler = async (): Promise<Answer> => ({
  arn: (await sts.send(new GetCallerIdentityCommand())).Arn,
  endpoint: process.env['AWS_ENDPOINT_URL'],
  environment: Object.keys(process.env),
  accessKeyKind: process.env['AWS_ACCESS_KEY_ID']?.slice(0, 4),
  listSecrets: await secrets.send(new ListSecretsCommand()).then(
    () => 'allowed',
    (error: unknown) => (error instanceof Error ? error.name : 'failed'),
  ),
  node: process.version,
  pid: process.pid,
  parentPid: process.ppid,
});
