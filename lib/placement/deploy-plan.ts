/** What a deployment would do to each stack and to live secrets, by the templates before and after. */
import { strategyChanges, type StrategyChange } from './strategy-changes.ts';

export interface PlannedTemplate {
  readonly Resources?: Readonly<Record<string, PlannedResource>> | undefined;
}

interface PlannedResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>> | undefined;
}

/** Templates by the name of their stack. */
export type Assembly = ReadonlyMap<string, PlannedTemplate>;

export interface StackPlan {
  readonly stack: string;
  readonly state: 'new' | 'changed' | 'unchanged' | 'gone';
  /** Logical ids of resources. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A secret that would not live on as it is. */
export interface Loss {
  /** `<environment>/<application>/<secret>`. */
  readonly secret: string;
  readonly stack: string;
  /** One sentence: what would happen, and what to do instead. */
  readonly consequence: string;
}

export interface DeployPlan {
  readonly stacks: readonly StackPlan[];
  readonly losses: readonly Loss[];
  /** Schedules that are new or change, of secrets that the plan keeps or adds. */
  readonly rotations: readonly PlannedRotation[];
  /** Live secrets whose strategy changes, where that concerns a second user or password. */
  readonly strategies: readonly StrategyChange[];
  /** Queues that a changed stack no longer has: the deployment deletes them with what is in them. */
  readonly removedQueues: readonly RemovedQueue[];
  /** Full names of secrets that no stack has before. */
  readonly newSecrets: readonly string[];
}

export interface RemovedQueue {
  readonly stack: string;
  readonly logicalId: string;
}

export interface PlannedRotation {
  readonly secret: string;
  readonly stack: string;
  readonly when: 'at this deployment' | 'in its next window';
  /** Names of the functions where it gets another one. */
  readonly moves?: {
    readonly from: string;
    readonly to: string;
    /** Whether the deployment takes the former function away. */
    readonly former: 'stays' | 'goes';
  };
}

export const deployPlan = (before: Assembly, after: Assembly): DeployPlan => ({
  stacks: [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((stack) => stackPlan(stack, before.get(stack), after.get(stack))),
  losses: lossesOf(before, after),
  rotations: rotationsOf(before, after),
  strategies: strategyChanges(before, after),
  removedQueues: removedQueues(before, after),
  newSecrets: newIn(before, after),
});

/** A stack that is gone stays until somebody deletes it. */
const removedQueues = (before: Assembly, after: Assembly): RemovedQueue[] =>
  [...before].flatMap(([stack, { Resources = {} }]) => {
    const now = after.get(stack);
    if (!now) return [];
    return Object.entries(Resources)
      .filter(([id, { Type }]) => Type === 'AWS::SQS::Queue' && now.Resources?.[id]?.Type !== Type)
      .map(([logicalId]) => ({ stack, logicalId }));
  });

const newIn = (before: Assembly, after: Assembly): string[] => {
  const old = new Set(secretsIn(before).map(({ secret }) => secret));
  return secretsIn(after).flatMap(({ secret }) => (old.has(secret) ? [] : [secret]));
};

/**
 * CloudFormation starts a rotation when a schedule is made or changes, unless the schedule says otherwise:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-rotationschedule.html
 */
const rotationsOf = (before: Assembly, after: Assembly): PlannedRotation[] => {
  const functions = functionsIn(after);
  return [...after].flatMap(([stack, { Resources = {} }]) =>
    Object.entries(Resources).flatMap(([id, resource]): PlannedRotation[] => {
      const { Type, Properties = {} } = resource;
      if (Type !== 'AWS::SecretsManager::RotationSchedule') return [];
      const then = before.get(stack)?.Resources?.[id];
      if (then && !differs(then.Properties, Properties)) return [];
      const isLater = Properties['RotateImmediatelyOnUpdate'] === false;
      const secret = nameOf(Properties['SecretId'], Resources) ?? id;
      const when = isLater ? 'in its next window' : 'at this deployment';
      return [{ secret, stack, when, ...moveOf(then?.Properties, Properties, functions) }];
    }),
  );
};

const moveOf = (
  before: PlannedResource['Properties'],
  after: PlannedResource['Properties'],
  functions: ReadonlySet<string>,
): Pick<PlannedRotation, 'moves'> => {
  const [from, to] = [before, after].map(functionOf);
  if (from === undefined || to === undefined || from === to) return {};
  return { moves: { from, to, former: functions.has(from) ? 'stays' : 'goes' } };
};

const functionOf = (schedule: PlannedResource['Properties']): string | undefined =>
  /:function:([\w-]+)/.exec(JSON.stringify(schedule?.['RotationLambdaARN'] ?? ''))?.[1];

const functionsIn = (assembly: Assembly): ReadonlySet<string> =>
  new Set(
    [...assembly.values()].flatMap(({ Resources = {} }) =>
      Object.values(Resources).flatMap(({ Type, Properties }) =>
        Type === 'AWS::Lambda::Function' ? [String(Properties?.['FunctionName'])] : [],
      ),
    ),
  );

/** A secret of the stack is named by `Ref`, any other by its ARN. */
const nameOf = (id: unknown, resources: NonNullable<PlannedTemplate['Resources']>): string | undefined => {
  if (typeof id === 'string') return id;
  const { Ref } = (id ?? {}) as { readonly Ref?: string };
  const name = Ref === undefined ? undefined : resources[Ref]?.Properties?.['Name'];
  return typeof name === 'string' ? name : undefined;
};

const stackPlan = (
  stack: string,
  before: PlannedTemplate | undefined,
  after: PlannedTemplate | undefined,
): StackPlan => {
  const [old, young] = [before?.Resources ?? {}, after?.Resources ?? {}];
  const added = Object.keys(young).filter((id) => !Object.hasOwn(old, id));
  const removed = Object.keys(old).filter((id) => !Object.hasOwn(young, id));
  const changed = Object.keys(old).filter((id) => Object.hasOwn(young, id) && differs(old[id], young[id]));
  const state = !before ? 'new' : !after ? 'gone' : differs(before, after) ? 'changed' : 'unchanged';
  return { stack, state, added, changed, removed };
};

const differs = (before: unknown, after: unknown): boolean => normalised(before) !== normalised(after);

/** The hash of an asset is of the code, and the catalog is what is compared. */
const normalised = (value: unknown): string => JSON.stringify(value).replace(/\b[0-9a-f]{64}\b/g, 'asset');

const leftBehind =
  'it stays in AWS with its value, its readers lose their permissions, nothing rotates it, and no alarm watches it';

const insteadOfRename =
  'A secret can’t be renamed: declare the new one in addition, move its readers, and remove the old one when nothing reads it; ' +
  'if it is no longer needed, delete it as break-glass once this is deployed';

interface LiveSecret {
  /** What Secrets Manager generates, as text; absent if the value is supplied. */
  readonly generates: string | undefined;
  readonly secret: string;
  readonly stack: string;
  readonly logicalId: string;
}

const lossesOf = (before: Assembly, after: Assembly): Loss[] => {
  const young = new Map(secretsIn(after).map((one) => [one.secret, one]));
  const byPlace = new Map(secretsIn(after).map((one) => [`${one.stack} ${one.logicalId}`, one.secret]));
  return secretsIn(before).flatMap(({ secret, stack, logicalId, generates }) => {
    const now = young.get(secret);
    if (now?.stack === stack && now.logicalId === logicalId) {
      const isNew = now.generates !== undefined && now.generates !== generates;
      return isNew ? [{ secret, stack, consequence: generatedAnew }] : [];
    }
    const renamed = byPlace.get(`${stack} ${logicalId}`);
    const consequence =
      now !== undefined
        ? `it would move to the stack ${now.stack}, which can't create a secret whose name is taken: the deployment fails. ` +
          'Give it its place back in placement.lock.json'
        : renamed !== undefined
          ? `a new secret ${renamed} with another value would take its place, and ${leftBehind}. ${insteadOfRename}`
          : `no stack would have it any more: ${leftBehind}. ${insteadOfRename}`;
    return [{ secret, stack, consequence }];
  });
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html */
const generatedAnew =
  'CloudFormation would generate a new value over the live one, because what is generated has changed ' +
  '(class, value or generate of the catalog). Put it back. If you need a new value, declare an additional secret ' +
  'and move its readers';

const generatedBy = ({ GenerateSecretString: block }: Readonly<Record<string, unknown>>): string | undefined =>
  block === undefined || block === null
    ? undefined
    : JSON.stringify(Object.entries(block).sort(([a], [b]) => (a < b ? -1 : 1)));

const secretsIn = (assembly: Assembly): LiveSecret[] =>
  [...assembly].flatMap(([stack, { Resources = {} }]) =>
    Object.entries(Resources).flatMap(([logicalId, { Type, Properties }]) =>
      Type === 'AWS::SecretsManager::Secret' && typeof Properties?.['Name'] === 'string'
        ? [{ secret: Properties['Name'], stack, logicalId, generates: generatedBy(Properties) }]
        : [],
    ),
  );
