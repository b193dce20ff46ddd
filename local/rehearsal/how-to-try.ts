/** What to try on a platform that stays up. */
import type { Platform } from '../platform.ts';
import { subject } from './subject.ts';

/** Endpoint, environment variables and five commands. */
export const howToTry = (platform: Platform): string => {
  const { account, application, environment, secret } = subject;
  const { env } = platform.aws.accounts[account] ?? { env: {} };
  const database = platform.databases.get(`${environment}/${subject.rds}`);
  const variables = Object.entries({ ...env, NODE_EXTRA_CA_CERTS: platform.caFile });
  return [
    `The platform is up. Local AWS: ${platform.aws.endpoint}, SIEM: ${platform.siem.url}, PostgreSQL: ${database?.host ?? ''}:${database?.port ?? ''}`,
    '',
    `As the administrator of account ${account} (${environment}):`,
    ...variables.map(([name, value]) => `  export ${name}=${value}`),
    '',
    'Then try:',
    `  npx cdk diff '${environment}/*'`,
    `  npx strongroom access --environment ${environment}`,
    `  aws secretsmanager rotate-secret --secret-id ${environment}/${application}/${secret}`,
    `  aws secretsmanager get-secret-value --secret-id ${environment}/${application}/${secret}   # refused: an administrator is no declared reader`,
    `  npm run local -- down`,
  ].join('\n');
};
