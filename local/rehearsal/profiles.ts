/** Profiles for the AWS CLI and SDKs, to act as each person and program of the platform. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { consumerRoleName } from '../../lib/contract/index.ts';
import type { Platform } from '../platform.ts';
import { subject, taskId } from './subject.ts';

/** Names of the profiles: unlike any that the user may have, for the AWS CLI reads the user's credentials file too. */
export const profiles = {
  operator: 'strongroom-operator',
  application: `strongroom-${subject.application}-${subject.consumer}`,
} as const;

const administrator = 'strongroom-administrator';

/** Long enough to try things for a day: nothing refreshes a session in a file. */
const sessionSeconds = 12 * 3600;

/** Writes the profiles into the run's folder; returns the file, for AWS_CONFIG_FILE. */
export const writeProfiles = async ({ aws, folder }: Platform): Promise<string> => {
  const { account, environment, application, consumer, operator } = subject;
  const keys = aws.accounts[account];
  if (!keys) throw new Error(`The local AWS has no account ${account}`);
  const id = taskId();
  const task = await aws.assumeForService({
    roleArn: `arn:aws:iam::${account}:role/${consumerRoleName(environment, application, consumer)}`,
    service: 'ecs-tasks.amazonaws.com',
    sourceArn: `arn:aws:ecs:${aws.region}:${account}:task/local/${id}`,
    sessionName: id,
    durationSeconds: sessionSeconds,
  });
  const file = join(folder, 'aws-config');
  const text = [
    section(administrator, { aws_access_key_id: keys.accessKeyId, aws_secret_access_key: keys.secretAccessKey }),
    section(profiles.operator, {
      role_arn: `arn:aws:iam::${account}:role/${operator}`,
      source_profile: administrator,
    }),
    section(profiles.application, {
      aws_access_key_id: task.accessKeyId,
      aws_secret_access_key: task.secretAccessKey,
      aws_session_token: task.sessionToken,
    }),
  ].join('\n');
  await writeFile(file, text, { mode: 0o600 });
  return file;
};

const section = (name: string, settings: Readonly<Record<string, string>>): string =>
  [`[profile ${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
