/** What operators need in a policy of their own: to rotate, diagnose and repair, and to put supplied values. */
import { ManagedPolicy, PolicyStatement, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { keyAlias, operatorPolicyName, secretTag } from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import {
  anyKey,
  anySecret,
  contextsOf,
  rotationFunctionsOf,
  rotationLogsOf,
  type SecretNames,
  secretsOf,
} from '../arns.ts';
import {
  keysOfReplicas,
  replicateKeyActions,
  useKeyForSecrets,
  useKeysOfAdopted,
  useKeysOfReplicas,
} from '../key-usage.ts';
import { checkManagedPolicySize } from '../policy-size.ts';
import { operateActions } from '../secret-actions.ts';

export interface OperatorPolicyProps {
  readonly environment: string;
  /**
   * How the environment's secrets are named. Those with other names are known by their tag.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /** The keys of the environment's secrets. */
  readonly encryptionKeys: readonly IKey[];
  /**
   * Set where the environment has adopted secrets, whose names follow no rule: they are known by their tag. `keys`
   * encrypt them.
   * @default - every secret is named by the contract
   */
  readonly adopted?: { readonly keys: readonly IKey[] };
  /**
   * Regions with replicas of secrets whose values operators put: Secrets Manager encrypts there in their name.
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
  /**
   * Rotation functions of your own: RotateSecret asks for the right to invoke them.
   * @default - none
   */
  readonly customFunctions?: readonly IFunction[];
}

/**
 * `strongroom-<environment>-operators`, for the organisation to attach to its operators' roles: these roles can be created
 * after the secrets. It does not allow reading values: the policies of the secrets deny that.
 *
 * @example
 * new OperatorPolicy(stack, 'Operators', { environment: 'prod', encryptionKeys: [key] });
 */
export class OperatorPolicy extends Construct {
  readonly policy: IManagedPolicy;

  constructor(scope: Construct, id: string, props: OperatorPolicyProps) {
    super(scope, id);
    markOwnStack(this);
    const { environment, secretNames, encryptionKeys, adopted, replicaRegions = [], customFunctions = [] } = props;
    const secrets = secretsOf(this, environment, secretNames);
    const byTag = adopted !== undefined || (secretNames?.others ?? []).length > 0;
    const functions = rotationFunctionsOf(this, environment);
    const logs = rotationLogsOf(this, environment);
    const policy = new ManagedPolicy(this, 'Policy', {
      managedPolicyName: operatorPolicyName(environment),
      description: `Rotates, diagnoses and repairs the secrets of ${environment}, and puts supplied values`,
      statements: [
        new PolicyStatement({
          actions: [...operateActions],
          resources: secrets,
        }),
        ...(byTag ? [operateByTag(this, environment)] : []),
        new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
        new PolicyStatement({
          // RotateSecret asks for the right to invoke too.
          actions: [
            'lambda:GetFunctionConcurrency',
            'lambda:GetFunctionConfiguration',
            'lambda:GetPolicy',
            'lambda:InvokeFunction',
          ],
          resources: [functions],
        }),
        ...(customFunctions.length > 0
          ? [
              new PolicyStatement({
                actions: ['lambda:InvokeFunction'],
                resources: customFunctions.map(({ functionArn }) => functionArn),
              }),
            ]
          : []),
        // The log has codes and states, and no value: `strongroom rotate --wait` shows the steps from it.
        new PolicyStatement({ actions: ['logs:FilterLogEvents'], resources: [logs] }),
        ...encryptionKeys.map((key) =>
          useKeyForSecrets(this, key, keyActions, contextsOf(this, environment, secretNames)),
        ),
        ...useKeysOfAdopted(this, adopted?.keys ?? [], keyActions),
        ...useKeysOfReplicas(this, environment, replicaRegions, replicateKeyActions, secretNames),
        new PolicyStatement({
          actions: ['kms:DescribeKey'],
          resources: [anyKey(this)],
          conditions: {
            'ForAnyValue:StringEquals': {
              'kms:ResourceAliases': [keyAlias(environment, 'standard'), keyAlias(environment, 'high')],
            },
          },
        }),
      ],
    });
    this.policy = policy;
    this.node.addValidation({
      validate: () => checkManagedPolicySize(this, `operators of ${environment}`, policy.document),
    });
    acknowledgeWildcards(policy, {
      ...Object.fromEntries(
        secrets.map((arn) => [
          arn,
          "An operator serves every secret of the environment; the secrets' own policies say what for.",
        ]),
      ),
      [logs]: 'One log for each of these functions.',
      [functions]: 'One function for each engine, which come and go with the catalog.',
      [anyKey(this)]: 'The aliases of the environment narrow the pattern to its keys.',
      ...keysOfReplicas(this, replicaRegions),
      '*': 'ListSecrets has no resource-level permission.',
      ...(byTag && {
        [anySecret(this)]: 'The tag of the environment narrows the pattern to its adopted secrets.',
      }),
    });
  }
}

const keyActions = ['kms:Decrypt', 'kms:GenerateDataKey'] as const;

const operateByTag = (scope: Construct, environment: string): PolicyStatement =>
  new PolicyStatement({
    actions: [...operateActions],
    resources: [anySecret(scope)],
    conditions: { StringEquals: { [`aws:ResourceTag/${secretTag.environment}`]: environment } },
  });
