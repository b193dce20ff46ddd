/** What the catalog will say of an existing secret, and what to know before taking it over. */
import { type ClassDefaults, hoursOf } from '../../../lib/catalog/index.ts';
import type { SecretClass } from '../../../lib/contract/index.ts';
import { type EnvironmentCatalog, type RotationException } from '../../../lib/model/index.ts';
import { UsageError } from '../../terminal/errors.ts';
import type { ExistingSecret } from '../../operators/existing-secret.ts';
import { guessClass } from './guess-class.ts';
import { type OwnRotation, ownRotation, whyNotOwn } from './own-rotation.ts';
import { shortNames } from './short-names.ts';

export interface Entry {
  /** In the catalog. */
  readonly name: string;
  readonly secret: ExistingSecret;
  readonly class: SecretClass;
  /** Absent: by hand. */
  readonly rotation?: OwnRotation;
  /** Present where the class asks for it: nothing rotates the secret by itself yet. */
  readonly exception?: RotationException;
  readonly notes: readonly string[];
  /** What the next deployment ends or replaces. */
  readonly warnings: readonly string[];
}

export interface EntryOptions {
  readonly defaultsOf: (name: SecretClass) => ClassDefaults;
  readonly environment: Pick<EnvironmentCatalog, 'name' | 'account' | 'region'>;
  /** What excuses secrets whose class rotates. Absent: they get a class that does not ask. */
  readonly exception?: RotationException;
}

/** @throws {@link UsageError} if every possible class needs an exception, and there is none */
export const entriesOf = (secrets: readonly ExistingSecret[], options: EntryOptions): Entry[] => {
  const names = shortNames(secrets.map(({ name }) => name));
  return secrets.map((secret, index) => {
    const name = names[index] ?? secret.name;
    const decided = decideClass(name, secret, options);
    const { exception } = options;
    const rotation = ownRotation(secret.rotation, options.environment);
    const isWeaker = !keepsTo(rotation, options.defaultsOf(decided.class));
    return {
      name,
      secret,
      class: decided.class,
      ...(rotation && { rotation }),
      ...(exception && isWeaker && { exception }),
      notes: [decided.why, ...factsOf(secret), ...(rotation?.notes ?? [])],
      warnings: warningsOf(secret, rotation, options.environment),
    };
  });
};

const decideClass = (
  name: string,
  { name: inAws, tags, rotation }: ExistingSecret,
  { defaultsOf, exception, environment }: EntryOptions,
): { class: SecretClass; why: string } => {
  const guess = guessClass(name, tags);
  const own = ownRotation(rotation, environment);
  const isExcused = (one: SecretClass): boolean => exception !== undefined || keepsTo(own, defaultsOf(one));
  if (guess && guess.class !== 'database' && isExcused(guess.class)) {
    return { class: guess.class, why: `class ${guess.class} is a guess: so says its ${guess.by}` };
  }
  if (!isExcused('generic')) {
    throw new UsageError(
      `${inAws}: class generic rotates every ${defaultsOf('generic').every ?? ''} in this organisation, and nothing rotates ` +
        'this secret by itself; say who approves that, and until when: --approved-by NAME --until 2027-03-31',
    );
  }
  if (guess === undefined)
    return { class: 'generic', why: 'class generic: neither its tags nor its name tell its kind' };
  const instead =
    guess.class === 'database'
      ? 'write that class with engine, host, dbname and username, and Strongroom can rotate it'
      : `that class rotates every ${defaultsOf(guess.class).every ?? ''}, so write it with an exception`;
  return { class: 'generic', why: `class generic for now: its ${guess.by} says ${guess.class}; ${instead}` };
};

/** Whether the class asks for no more than that. */
const keepsTo = (own: OwnRotation | undefined, { every }: ClassDefaults): boolean =>
  every === undefined || (own !== undefined && own.everyHours <= hoursOf(every));

const factsOf = ({ lastReadAt, replicas }: ExistingSecret): string[] => [
  lastReadAt === undefined
    ? 'nobody has read it in this region'
    : `last read on ${lastReadAt.toISOString().slice(0, 10)}: each principal that reads it must be a reader before the deployment`,
  ...(replicas.length > 0 ? [`its replicas stay as they are: ${replicas.join(', ')}`] : []),
];

const warningsOf = (
  { rotation, hasPolicy, tags }: ExistingSecret,
  own: OwnRotation | undefined,
  environment: EntryOptions['environment'],
): string[] => {
  const stack = tags['aws:cloudformation:stack-name'];
  return [
    ...(rotation && !own ? [rotationWarning(rotation, whyNotOwn(rotation, environment))] : []),
    ...(hasPolicy
      ? ['it has a resource policy, which the deployment replaces: keep a copy, and name its readers in the catalog']
      : []),
    ...(stack === undefined
      ? []
      : [
          `it belongs to CloudFormation stack ${stack}, which can change it from then on only under the roles of cdk bootstrap`,
        ]),
  ];
};

const rotationWarning = (
  { functionArn = 'AWS', schedule }: NonNullable<ExistingSecret['rotation']>,
  whyNot: string,
): string =>
  `${functionArn} rotates it${schedule === undefined ? '' : `, ${schedule}`}: the deployment takes its access away. Cancel that ` +
  `rotation before, or write class database, so that Strongroom rotates it. rotation.function is not written, because ${whyNot}`;
