/** Live secrets whose rotation strategy a deployment would change, and what then happens to the credential before. */
import { rotationStrategies, secretTag, type RotationStrategy } from '../contract/index.ts';
import type { Assembly } from './deploy-plan.ts';

export interface StrategyChange {
  readonly secret: string;
  readonly stack: string;
  readonly from: RotationStrategy;
  /** `none`: nothing rotates the secret any more. */
  readonly to: RotationStrategy | 'none';
  /** What happens to the second user or password, and what to look at first. */
  readonly consequence: string;
}

/** An adopted secret has no tags in a template: its change is not seen here. */
export const strategyChanges = (before: Assembly, after: Assembly): StrategyChange[] => {
  const young = strategiesIn(after);
  return [...strategiesIn(before)].flatMap(([secret, { stack, strategy: from }]) => {
    const now = young.get(secret);
    const to = now?.strategy ?? 'none';
    if (now === undefined || from === undefined || from === to) return [];
    const consequence = consequenceOf(from, to);
    return consequence === '' ? [] : [{ secret, stack, from, to, consequence }];
  });
};

/** Empty if no second user or password is affected. */
const consequenceOf = (from: RotationStrategy, to: StrategyChange['to']): string => {
  const hadTwo = from === 'alternating-users' || from === 'dual-password';
  if (hadTwo && (to === 'none' || to === 'admin')) {
    return 'no rotation and no sweep ends its second user or old password any more: deploy after the end of the grace time, and see first with strongroom diagnose that the previous credential is refused or absent';
  }
  if (from === 'alternating-users') {
    return 'while the second user is in use, the next rotation waits for the end of the grace time and goes back to the first user, and the sweep drops the second one a grace time later: see first with strongroom preflight that an admin is declared and that no object names one of the users (bound-to-user)';
  }
  if (from === 'dual-password') {
    return 'the sweep ends its old password after the grace time (24 hours, or the new grace) where an admin or an API changes the user, otherwise it stays valid until an admin rotates: see first with strongroom diagnose whether the previous credential still logs in, and after the deployment with strongroom preflight (second-password)';
  }
  if (to === 'alternating-users') {
    return 'the next rotation makes a second user, and the one in use stays valid for the grace time: after the deployment and before that rotation, see with strongroom preflight which objects name the user in use (bound-to-user)';
  }
  if (to === 'dual-password') {
    return 'the next rotation leaves the old password valid for the grace time: after the deployment and before that rotation, see with strongroom preflight whether a second password is valid already (second-password), which that rotation ends';
  }
  return '';
};

interface Tagged {
  readonly stack: string;
  readonly strategy: RotationStrategy | undefined;
}

const strategiesIn = (assembly: Assembly): ReadonlyMap<string, Tagged> =>
  new Map(
    [...assembly].flatMap(([stack, { Resources = {} }]) =>
      Object.values(Resources).flatMap(({ Type, Properties = {} }): [string, Tagged][] => {
        const { Name, Tags } = Properties;
        if (Type !== 'AWS::SecretsManager::Secret' || typeof Name !== 'string') return [];
        return [[Name, { stack, strategy: strategyIn(Tags) }]];
      }),
    ),
  );

const strategyIn = (tags: unknown): RotationStrategy | undefined => {
  const list = Array.isArray(tags) ? (tags as { readonly Key?: unknown; readonly Value?: unknown }[]) : [];
  const value = list.find(({ Key }) => Key === secretTag.strategy)?.Value;
  return rotationStrategies.find((one) => one === value);
};
