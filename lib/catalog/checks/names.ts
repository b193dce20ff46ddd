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
  pagerDutyName,
  rotationAlarmName,
  rotationFunctionName,
  rotationWatchName,
  stackName,
} from '../../contract/index.ts';
import { fullNameOf } from '../../model/full-name.ts';
import type { Report } from '../source/report.ts';
import { type Path, showName } from '../messages/show-value.ts';
import { isCustom } from './custom-rotation.ts';
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
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  alarm: 255,
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

/** Any of them may be created later, whatever the catalog has today. */
const functionNames = (environment: string): string[] => [
  ...databaseEngines.map((engine) => rotationFunctionName(environment, engine)),
  auditFunctionName(environment),
  firstRotationName(environment),
  rotationWatchName(environment),
  pagerDutyName(environment),
];

export const checkFunctionName = (name: string, path: Path, report: Report): void => {
  checkLength('function', name, path, report, 'value');
};

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

export const checkSecretNames = (scope: SecretScope): void => {
  const { environment, application, nameTemplate, secrets, name, path, secret, report } = scope;
  const nameOf = (one: string): string =>
    environment === undefined
      ? one
      : fullNameOf({ environment: environment.name, application, nameTemplate }, one, secrets[one]);
  const fullName = nameOf(name);
  const [where, part] = secret.name === undefined ? ([path, 'key'] as const) : ([[...path, 'name'], 'value'] as const);
  if (secret.adopt === undefined) {
    if (secret.name !== undefined) checkOwnEnding(scope, secret.name);
    else checkEnding(endsLikeArn(name) ? name : fullName, path, report);
    checkLength('secret', fullName, where, report, part);
  }
  if ((scope.class === 'database' && secret.rotation !== 'manual') || isCustom(scope)) {
    checkLength('alarm', rotationAlarmName(fullName), where, report, part);
  }
  checkLength('tag value', name, path, report);
  if (typeof secret.rotation !== 'object') return;
  const { admin, provision } = secret.rotation;
  if (typeof admin === 'string') {
    checkLength('tag value', nameOf(admin), [...path, 'rotation', 'admin'], report, 'value');
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

/** Adopted secrets and names that others ask for may end so: nothing names them by a part of their ARN. */
const checkEnding = (name: string, path: Path, report: Report): void => {
  if (!endsLikeArn(name)) return;
  report(
    path,
    'name-ends-like-arn',
    `must not end in a hyphen and six characters, which AWS takes for the end of an ARN (got ${showName(name)}); ` +
      `write another name, such as ${name}-value`,
    'key',
  );
};

/** Before the deployment, another account knows the first part of the ARN alone. */
const checkOwnEnding = ({ path, secret, consumers, report }: SecretScope, name: string): void => {
  if (!endsLikeArn(name)) return;
  const reader = (secret.readers ?? []).find(
    (reader) => reader !== undefined && consumers[reader]?.account !== undefined,
  );
  if (reader === undefined) return;
  report(
    [...path, 'name'],
    'name-ends-like-arn',
    `must not end in a hyphen and six characters (got ${showName(name)}), for AWS takes them for the end of an ARN, and ` +
      `${reader} of another account reads by an ARN without its end; write another name`,
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
    'too-long',
    `makes ${kind === 'alarm' ? 'an' : 'a'} ${kind} of ${name.length} characters, and AWS allows ${limits[kind]} (got ${showName(name)}); ` +
      `write ${name.length - limits[kind]} fewer`,
    part,
  );
};
