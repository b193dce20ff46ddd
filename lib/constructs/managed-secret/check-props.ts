/** Refuses a secret that would not deploy, or not hold. */
import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { completeSecretArnOfAny, endsLikeArn, isSecretName } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import { fullNameOf, isApart } from './full-name.ts';
import { generatedValue } from './generated-value.ts';
import type { ManagedSecretProps } from './managed-secret.ts';

export const checkProps = (scope: Construct, props: ManagedSecretProps): void => {
  const { class: secretClass, value = 'generated', database, adopted, generate } = props;
  for (const part of ['environment', 'application', 'name'] as const) {
    if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(props[part])) {
      throw invalidProps(
        scope,
        `${part} can't be "${props[part]}": write lower-case letters, digits and hyphens, such as "orders-db"`,
      );
    }
  }
  if (!adopted) checkName(scope, props);
  if (adopted && !completeSecretArnOfAny.test(adopted.secretArn)) {
    throw invalidProps(
      scope,
      `adopted can't be ${Token.isUnresolved(adopted.secretArn) ? adopted.node.path : `"${adopted.secretArn}"`}: ` +
        'write Secret.fromSecretAttributes with the whole ARN of the secret as secretCompleteArn',
    );
  }
  if (adopted?.encryptionKey && 'aliasName' in adopted.encryptionKey) {
    throw invalidProps(
      scope,
      `The key of the adopted secret ${adopted.secretArn} can't be an alias, which no policy names: write Key.fromKeyArn`,
    );
  }
  if (!adopted && value === 'generated' && generatedValue[secretClass] === undefined) {
    throw invalidProps(
      scope,
      `Secrets Manager can't generate a value of class ${secretClass}: write value: 'supplied' and let an operator put it`,
    );
  }
  if (generate && (secretClass === 'database' || adopted || value !== 'generated')) {
    throw invalidProps(
      scope,
      'generate is for a generated value of a class other than database: leave it out, or write value: generated',
    );
  }
  if ((secretClass === 'database') !== (database !== undefined)) {
    throw invalidProps(
      scope,
      database
        ? `database is for class database (got class ${secretClass}): leave it out`
        : 'A secret of class database needs database: write engine, host, dbname and username',
    );
  }
};

const checkName = (scope: Construct, props: ManagedSecretProps): void => {
  const fullName = fullNameOf(props);
  const [key, value] = props.secretName === undefined ? ['name', props.name] : ['secretName', props.secretName];
  if (!isSecretName(fullName)) {
    throw invalidProps(scope, `${key} can't be "${value}": write 1 to 512 letters, digits and / _ + = . @ -`);
  }
  // A complete name is given only if another service requires it.
  if (props.secretName === undefined && endsLikeArn(fullName)) {
    throw invalidProps(
      scope,
      `${key} can't be "${value}": AWS takes a hyphen and six characters at its end for the end of an ARN; ` +
        `write another name, such as "${value}-value"`,
    );
  }
  const known = props.secretNames;
  if (!isApart(props, fullName) || known?.others.includes(fullName) === true) return;
  const prefixes = known?.prefixes ?? [`${props.environment}/`];
  throw invalidProps(
    scope,
    `secretName "${fullName}" does not begin with ${prefixes.join(' or ')}, so the environment's keys and roles would not serve it: ` +
      `give them all, and this secret, secretNames: { prefixes: [${prefixes.map((one) => `'${one}'`).join(', ')}], others: ['${fullName}'] }`,
  );
};

/** Refuses a reader of another account where it could never read, or could belong to anybody. */
export const checkReader = (scope: Construct, { fences, adopted }: ManagedSecretProps, arn: string): void => {
  if (fences?.organizationId === undefined) {
    throw invalidProps(
      scope,
      `${arn} is of another account: write fences.organizationId, so that nobody outside of the organisation gets in`,
    );
  }
  if (adopted && adopted.encryptionKey === undefined) {
    throw invalidProps(
      scope,
      `${arn} is of another account, and the secret's key is the AWS managed one, which serves no other account: ` +
        'encrypt the secret with a customer managed key and write it as encryptionKey of adopted',
    );
  }
};

/** Characters: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const policySizeLimit = 20_480;

/** What is wrong with a resource policy of so many characters: nothing, or one sentence. */
export const checkPolicySize = (
  fullName: string,
  size: number,
  { readers, starters }: { readonly readers: number; readonly starters: number },
): string[] =>
  size <= policySizeLimit
    ? []
    : [
        `The resource policy of ${fullName} has ${size} characters with ${readers} readers${starters > 0 ? ` and ${starters} roles with grantRotate` : ''}, and Secrets Manager takes ` +
          `${policySizeLimit}: let fewer consumers read it, or several workloads share a role`,
      ];
