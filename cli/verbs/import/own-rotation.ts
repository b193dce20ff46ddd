/** What the catalog will say of a rotation by an existing function of the organisation. */
import { type EnvironmentCatalog } from '../../../lib/model/index.ts';
import { functionArnSchema, hoursOf, roleArnSchema } from '../../../lib/catalog/index.ts';
import { isRotationFunction } from '../../../lib/contract/index.ts';
import type { ExistingSecret } from '../../operators/existing-secret.ts';

export interface OwnRotation {
  readonly functionArn: string;
  readonly roleArn: string;
  /** `30d` */
  readonly every: string;
  readonly everyHours: number;
  readonly notes: readonly string[];
}

type Rotation = NonNullable<ExistingSecret['rotation']>;
type Place = Pick<EnvironmentCatalog, 'name' | 'account' | 'region'>;

/** @returns `undefined` if nothing rotates it, or the catalog can't name the function: {@link whyNotOwn} */
export const ownRotation = (rotation: Rotation | undefined, place: Place): OwnRotation | undefined => {
  if (!rotation || whyNotOwn(rotation, place) !== '') return undefined;
  const { functionArn = '', roleArn = '', schedule } = rotation;
  const known = everyOf(schedule);
  const every = known ?? '30d';
  return {
    functionArn,
    roleArn,
    every,
    everyHours: hoursOf(every),
    notes: [
      `${functionArn} rotates it${schedule === undefined ? '' : `, ${schedule}`}, and continues to: its role gets what the ` +
        'steps need, in a managed policy of which a role has ten' +
        (known === undefined ? `; every ${every} is a guess, so write how often it must rotate` : ''),
    ],
  };
};

/** Why `rotation` can't name the function; empty if it can. */
export const whyNotOwn = ({ functionArn, roleArn }: Rotation, { name, account, region }: Place): string => {
  if (functionArn === undefined) return 'AWS names no function';
  if (!functionArnSchema.safeParse(functionArn).success) return 'that is neither unqualified nor an alias';
  const [, , , itsRegion, itsAccount, , functionName = ''] = functionArn.split(':');
  if (itsAccount !== account || itsRegion !== region) return `that is not in account ${account} and region ${region}`;
  if (isRotationFunction(functionArn) || functionName.startsWith(`strongroom-${name}-`)) {
    return 'that is a function of Strongroom';
  }
  if (roleArn === undefined) return 'its role is unknown (lambda:GetFunctionConfiguration shows it)';
  if (!roleArnSchema.safeParse(roleArn).success || roleArn.split(':')[4] !== account) {
    return `its role ${roleArn} is not one of account ${account}`;
  }
  return '';
};

/** Of a rate; the days of a calendar tell no longest time by themselves. */
const everyOf = (schedule: string | undefined): string | undefined => {
  const [, count, unit] = /^(?:rate\(|every )(\d+) (day|hour)s?\)?$/.exec(schedule ?? '') ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const hours = Number(count) * (unit === 'day' ? 24 : 1);
  return hours < 4 || hours > 24_000 ? undefined : `${count}${unit === 'day' ? 'd' : 'h'}`;
};
