/** How secrets are named in Secrets Manager: `<environment>/<application>/<secret>`, or by a template of the organisation. */
import { defaultDestination, platformApplication } from './names.ts';

/** What fills a template: words of `[a-z0-9-]`. */
export const namePlaceholders = ['environment', 'application', 'secret'] as const;

export const defaultNameTemplate = '{environment}/{application}/{secret}';

/** As in a class of a regular expression: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export const secretNameCharacters = 'A-Za-z0-9/_+=.@-';

/** A name that an account can choose. */
export const secretNamePattern = new RegExp(`^[${secretNameCharacters}]{1,512}$`);

export const isSecretName = (name: string): boolean => secretNamePattern.test(name);

/** The name of the secret in Secrets Manager (512 characters at most). */
export const secretName = (
  environment: string,
  application: string,
  secret: string,
  template: string = defaultNameTemplate,
): string => fill(template, { environment, application, secret });

/** How the names of an application's secrets begin: policies name them by it. */
export const applicationPrefix = (environment: string, application: string, template = defaultNameTemplate): string =>
  fill(before(template, 'secret'), { environment, application });

/**
 * How the names of an environment's secrets begin: one beginning, where the template has the environment before the
 * application, and else one for each application and the platform.
 */
export const environmentPrefixes = (
  environment: string,
  applications: readonly string[],
  template = defaultNameTemplate,
): string[] => {
  const start = before(before(template, 'secret'), 'application');
  if (start.includes('{environment}')) return [fill(start, { environment })];
  const prefixes = [...applications, platformApplication].map((one) => applicationPrefix(environment, one, template));
  return [...new Set(prefixes)].sort();
};

/**
 * Whether AWS could take the end of a name for the six characters that it adds to an ARN, and look for another secret
 * when it is given the ARN without them: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
export const endsLikeArn = (name: string): boolean => /-[A-Za-z0-9]{6}$/.test(name);

/** The secret of a destination of audit events. What it holds: `secretExample`. */
export const destinationSecretName = (environment: string, destination: string, template?: string): string =>
  secretName(environment, platformApplication, destinationSecret(destination), template);

/**
 * What stands for the secret in a template of names. `siem` is last: AWS would take a hyphen and six letters, as of
 * `siem-splunk`, for the end of an ARN.
 */
export const destinationSecret = (destination: string): string =>
  destination === defaultDestination ? destination : `${destination}-${defaultDestination}`;

type Words = Readonly<Partial<Record<(typeof namePlaceholders)[number], string>>>;

const fill = (template: string, words: Words): string =>
  namePlaceholders.reduce((name, word) => name.replaceAll(`{${word}}`, () => words[word] ?? `{${word}}`), template);

const before = (template: string, word: (typeof namePlaceholders)[number]): string =>
  template.split(`{${word}}`)[0] ?? '';
