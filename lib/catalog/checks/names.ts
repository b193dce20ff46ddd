/** Checks that the names which AWS will see are short enough once they are composed. */
import {
  alertTopicName,
  auditFunctionName,
  consumerRoleName,
  databaseEngines,
  defaultNetwork,
  endsLikeArn,
  firstRotationName,
  formatGrants,
  keyAlias,
  rotationFunctionName,
  secretName,
  stackName,
} from '../../contract/index.ts';
import type { Report } from '../report.ts';
import { type Path, showName } from '../show-value.ts';
import type { Scope, SecretScope } from './scope.ts';

/** Characters that AWS allows, by what the name is of. */
const limits = {
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
  secret: 512,
  /** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
  role: 64,
  /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
  function: 64,
  /** https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html */
  alias: 256,
  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
  stack: 128,
  /** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html */
  topic: 256,
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html */
  'tag value': 256,
};

export const checkEnvironmentNames = (
  environment: string,
  contacts: readonly string[],
  networks: readonly string[],
  report: Report,
): void => {
  const path = ['environments', environment];
  for (const contact of contacts) {
    checkLength('topic', alertTopicName(environment, contact), ['contacts', contact], report);
  }
  checkLength('function', longest(functionNames(environment)), path, report);
  for (const network of networks.filter((one) => one !== defaultNetwork)) {
    const functions = databaseEngines.map((engine) => rotationFunctionName(environment, engine, network));
    checkLength('function', longest(functions), [...path, 'networks', network], report);
  }
  checkLength('alias', keyAlias(environment, 'standard'), path, report);
};

/** Any of them may come to be, whatever the catalog has today. */
const functionNames = (environment: string): string[] => [
  ...databaseEngines.map((engine) => rotationFunctionName(environment, engine)),
  auditFunctionName(environment),
  firstRotationName(environment),
];

const longest = (names: readonly string[]): string =>
  names.reduce((long, name) => (name.length > long.length ? name : long), '');

export const checkApplicationNames = ({ environment, application, consumers, report }: Scope): void => {
  if (environment === undefined) return;
  checkLength('stack', stackName(environment.name, application), ['application'], report, 'value');
  for (const [consumer, entry] of Object.entries(consumers)) {
    if (entry.runsOn === undefined) continue;
    checkLength('role', consumerRoleName(environment.name, application, consumer), ['consumers', consumer], report);
  }
};

export const checkSecretNames = ({ environment, application, name, path, secret, report }: SecretScope): void => {
  checkEnding(name, path, secret, report);
  checkLength('tag value', name, path, report);
  if (environment !== undefined) checkLength('secret', secretName(environment.name, application, name), path, report);
  if (typeof secret.rotation !== 'object') return;
  const { admin, provision } = secret.rotation;
  if (typeof admin === 'string' && environment !== undefined) {
    const where = [...path, 'rotation', 'admin'];
    checkLength('tag value', secretName(environment.name, application, admin), where, report, 'value');
  }
  const grants = Object.entries(provision?.grants ?? {}).flatMap(([schema, privilege]) =>
    privilege === undefined ? [] : [[schema, privilege] as const],
  );
  checkLength(
    'tag value',
    formatGrants(Object.fromEntries(grants)),
    [...path, 'rotation', 'provision', 'grants'],
    report,
  );
};

/** An adopted secret has a name of its own, and is read by its whole ARN where an ARN is needed. */
const checkEnding = (name: string, path: Path, secret: SecretScope['secret'], report: Report): void => {
  if (secret.adopt !== undefined || secret.access === 'iam' || !endsLikeArn(name)) return;
  report(
    path,
    `must not end in a hyphen and six characters, which AWS takes for the end of an ARN (got ${showName(name)}); ` +
      `write another name, such as ${name}-value`,
    'key',
  );
};

const checkLength = (
  kind: keyof typeof limits,
  name: string,
  path: Path,
  report: Report,
  part: 'key' | 'value' = 'key',
): void => {
  if (name.length <= limits[kind]) return;
  report(
    path,
    `makes a ${kind} of ${name.length} characters, and AWS allows ${limits[kind]} (got ${showName(name)}); ` +
      `write ${name.length - limits[kind]} fewer`,
    part,
  );
};
