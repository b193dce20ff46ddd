/** What to try on a platform that stays up. */
import type { Platform } from '../platform.ts';
import { profiles } from './profiles.ts';
import { subject } from './subject.ts';

/** Addresses, environment variables and five commands. `configFile` is that of {@link writeProfiles}. */
export const howToTry = (platform: Platform, configFile: string): string => {
  const { account, application, environment, secret } = subject;
  const variables = Object.entries({ ...platform.aws.accounts[account]?.env, AWS_CONFIG_FILE: configFile });
  const id = `--secret-id ${environment}/${application}/${secret}`;
  const commands = [
    [
      'what a deployment would change: nothing, until you edit the catalog',
      `npx cdk diff --exclusively ${environment}/${application}`,
    ],
    ['the application reads its secret', `aws secretsmanager get-secret-value ${id} --profile ${profiles.application}`],
    [
      'an operator rotates it; the application reads a new password then',
      `aws secretsmanager rotate-secret ${id} --profile ${profiles.operator}`,
    ],
    ['the administrator is not a declared reader, and is refused', `aws secretsmanager get-secret-value ${id}`],
    ['who may do what with which secret', `npx strongroom access --environment ${environment}`],
  ] as const;
  return [
    '',
    'The platform stays up.',
    `  local AWS   ${platform.aws.endpoint}`,
    `  SIEM        ${platform.siem.url}`,
    ...[...platform.databases].map(([name, { host, port }]) => `  PostgreSQL  ${host}:${port} (RDS instance ${name})`),
    `  their certificates are signed by ${platform.caFile}`,
    '',
    `In a new terminal, as the administrator of account ${account} (${environment}):`,
    ...variables.map(([name, value]) => `  export ${name}=${value}`),
    '',
    'Try there (aws is the AWS CLI, which is not part of this):',
    ...commands.flatMap(([what, command]) => [`  # ${what}`, `  ${command}`]),
    '',
    'End it with:  npm run local -- down',
  ].join('\n');
};
