/** What the labels, tags and dates of a secret say. */
import { isRotationFunction, parseGrace, secretTag } from '../../lib/contract/index.ts';
import type { OperatorAws, SecretState } from './ports.ts';

export const versionWith = ({ labels }: SecretState, label: string): string | undefined =>
  Object.entries(labels).find(([, attached]) => attached.includes(label))?.[0];

/** The pending version, where it is not the current one: a rotation that runs, or one that is stuck. */
export const pendingVersion = (state: SecretState): string | undefined => {
  const pending = versionWith(state, 'AWSPENDING');
  return pending === versionWith(state, 'AWSCURRENT') ? undefined : pending;
};

/** Why the function can't be asked: one that is not Strongroom's knows the four steps alone. */
export const notAsked = (functionArn: string): string | undefined =>
  isRotationFunction(functionArn)
    ? undefined
    : `The rotation function ${functionArn.split(':').slice(6).join(':')} is not Strongroom’s: this command can’t look at ` +
      'the function, or try the credentials';

export interface Grace {
  readonly hours: number;
  readonly endsAt: Date;
}

/**
 * The grace time of the credential before the current one, where its strategy has any; counted from the last
 * promotion, as the rotation function counts it.
 */
export const graceOf = async (aws: OperatorAws, state: SecretState): Promise<Grace | undefined> => {
  const { [secretTag.strategy]: strategy, [secretTag.grace]: tag } = state.tags;
  if (strategy !== 'alternating-users' && strategy !== 'dual-password') return undefined;
  const hours = tag === undefined ? undefined : parseGrace(tag);
  const current = versionWith(state, 'AWSCURRENT');
  if (hours === undefined || current === undefined || versionWith(state, 'AWSPREVIOUS') === undefined) return undefined;
  const madeMs = (await aws.versionDates(state.arn)).get(current)?.getTime() ?? 0;
  const rotatedMs = state.lastRotatedAt?.getTime() ?? 0;
  // A version that is younger than the last rotation was put, or promoted by an operator: at the last change, at the latest.
  const promotedMs = rotatedMs >= madeMs ? rotatedMs : Math.max(madeMs, state.lastChangedAt?.getTime() ?? 0);
  return promotedMs === 0 ? undefined : { hours, endsAt: new Date(promotedMs + hours * hourMs) };
};

const hourMs = 3_600_000;
