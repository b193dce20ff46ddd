/** Requirements 8.3.9 and 8.6: how often credentials change, and where they must never be. */
import type { CfnResource } from 'aws-cdk-lib';
import { secondFactorTag } from '../../reader-policies/handover.ts';
import { longestGapDays } from '../template/longest-gap.ts';
import { flatten, isRecord, listOf, member, propertyOf, textOf } from '../template/properties.ts';
import type { Rule } from '../template/rule-table.ts';
import { factsOf, hasFunction } from '../template/stack-facts.ts';
import { resourceStatements, type Statement } from '../template/statements.ts';
import { entropyOf } from './entropy.ts';
import { looksLikeCredential, namesCredential } from './looks-like-credential.ts';
import { passwordProperties } from './password-properties.ts';

const secret = ['AWS::SecretsManager::Secret'];
const schedule = ['AWS::SecretsManager::RotationSchedule'];

/** The rule id to acknowledge a longer time between two rotations. */
export const rotatedMoreSlowly = 'StrongroomPci-8.3.9-NinetyDays';

export const credentialRules: readonly Rule[] = [
  {
    id: '8.3.9-NinetyDays',
    types: schedule,
    says: 'The schedule leaves a credential unchanged for more than 90 days: a stolen credential works that long.',
    holds: (resource) => longestGapDays(propertyOf(resource, 'rotationRules')) <= 90,
  },
  {
    id: '8.6.1-InteractiveUse',
    types: ['AWS::IAM::User', 'AWS::IAM::Role'],
    says: 'A person can use the account of a program, or a session without a limit: give people a separate role for at most one hour, and users a second factor.',
    holds: (resource) =>
      resource.cfnResourceType === 'AWS::IAM::User'
        ? propertyOf(resource, 'loginProfile') === undefined
        : isBoundRole(resource),
  },
  {
    id: '8.6.2-NoValueInTemplate',
    types: secret,
    says: 'The value of the secret, or a password in the template of its value, is in the CloudFormation template: let Secrets Manager generate it, or an operator supply it.',
    holds: (resource) =>
      propertyOf(resource, 'secretString') === undefined &&
      !hasPassword(member(propertyOf(resource, 'generateSecretString'), 'secretStringTemplate')),
  },
  {
    id: '8.6.2-NoPasswordInEnvironment',
    types: ['AWS::Lambda::Function', 'AWS::ECS::TaskDefinition'],
    says: 'An environment variable contains a credential that anyone with access to the configuration can read: pass the name of the secret, and read it at run time.',
    holds: (resource) =>
      environmentOf(resource)
        .filter(([name, value]) => looksLikeCredential(name, value))
        .map(([name]) => name),
  },
  {
    id: '8.6.2-NoPlainParameter',
    types: ['AWS::SSM::Parameter'],
    says: 'A plain parameter contains a credential that anyone with access to parameters can read: store it as a secret.',
    holds: (resource) =>
      !looksLikeCredential(textOf(resource, 'name') ?? resource.node.id, propertyOf(resource, 'value')),
  },
  {
    id: '8.6.2-NoPasswordProperty',
    types: Object.keys(passwordProperties),
    says: 'A password is in the template, as text or as a parameter: refer to a secret, or let the service manage the password.',
    holds: (resource) =>
      (passwordProperties[resource.cfnResourceType] ?? []).filter((name) => !isReference(propertyOf(resource, name))),
  },
  {
    id: '8.6.3-Rotation',
    types: secret,
    says: 'No schedule changes the value of the secret: anyone who ever saw it can still use it.',
    holds: (resource) => factsOf(resource).rotated.has(resource),
  },
  {
    id: '8.6.3-OnSuspicion',
    types: schedule,
    says: 'No function rotates the secret, so it cannot be changed at once after a suspected leak.',
    holds: hasFunction,
  },
  {
    id: '8.6.3-Complexity',
    types: secret,
    says: 'The generated value has fewer than 128 bits: it must withstand guessing as long as it is valid.',
    holds: (resource) => {
      const generated = propertyOf(resource, 'generateSecretString');
      return !isRecord(generated) || entropyOf(generated) >= 128;
    },
  },
];

/** People are principals of an account. Services and federations have principals of other kinds. */
const isBoundRole = (role: CfnResource): boolean => {
  const allowed = resourceStatements(role).filter(({ effect }) => effect === 'Allow');
  const forPeople = allowed.filter(({ principals }) => principals['AWS'] ?? principals['*']);
  if (forPeople.length === 0) return true;
  const usersNeedMfa = forPeople
    .filter(({ principals }) => principals['AWS']?.every((arn) => arn.includes(':role/')) !== true)
    .every(hasSecondFactor);
  const isShort = Number(propertyOf(role, 'maxSessionDuration') ?? 3600) <= 3600;
  return usersNeedMfa && isShort && allowed.length === forPeople.length;
};

/** STS has checked a device, or a tag of the session asserts it. */
const hasSecondFactor = ({ conditions }: Statement): boolean =>
  conditions.get('Bool')?.get('aws:multifactorauthpresent')?.join() === 'true' ||
  conditions.get('StringEquals')?.get(`aws:principaltag/${secondFactorTag}`)?.join() === 'true';

const hasPassword = (template: unknown): boolean => {
  if (typeof template !== 'string') return template !== undefined;
  const value: unknown = JSON.parse(template);
  return Object.keys(isRecord(value) ? value : {}).some(namesCredential);
};

const environmentOf = (resource: CfnResource): [name: string, value: unknown][] => {
  const variables = member(propertyOf(resource, 'environment'), 'variables');
  const containers = listOf(propertyOf(resource, 'containerDefinitions')).flatMap((one) =>
    listOf(member(one, 'environment')),
  );
  return [
    ...Object.entries(isRecord(variables) ? variables : {}),
    ...containers.map((one): [string, unknown] => [String(member(one, 'name')), member(one, 'value')]),
  ];
};

/** CloudFormation resolves a dynamic reference, so the value is never in the template. */
const isReference = (value: unknown): boolean =>
  value === undefined || flatten(value).startsWith('{{resolve:secretsmanager:');
