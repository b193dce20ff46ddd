/** Checks how long a replaced credential stays valid: only with some strategies, and no longer than the class allows. */
import type { RotationRule } from '../entries/rotation-rule.ts';
import { shortestGapHours } from '../entries/schedule.ts';
import { hoursOf } from '../words/scalars.ts';
import { exceptionHint } from './exception-hint.ts';
import type { SecretScope } from './scope.ts';

/** Strategies that leave the credential before the current one valid. */
export const strategiesWithGrace: ReadonlySet<string> = new Set(['alternating-users', 'dual-password']);

export const checkGrace = (scope: SecretScope, rule: RotationRule): void => {
  const { path, secret, isBroken, report } = scope;
  if (rule.kind !== 'automatic' || isBroken([...path, 'rotation', 'strategy'])) return;
  const rotation = typeof secret.rotation === 'object' ? secret.rotation : {};
  const strategy = rotation.strategy ?? 'single-user';
  if (!strategiesWithGrace.has(strategy)) {
    if (rotation.grace === undefined) return;
    report(
      [...path, 'rotation', 'grace'],
      'key-not-possible',
      `is for strategies alternating-users and dual-password (this is ${strategy}, which ends the old password at once); leave it out`,
      'key',
    );
    return;
  }
  requireGrace(scope, rule);
  checkLonger(scope, rotation.grace);
  checkGap(scope, rule, strategy);
};

const requireGrace = ({ path, class: name, report }: SecretScope, { grace }: AutomaticRule): void => {
  if (grace !== undefined) return;
  report(
    [...path, 'rotation', 'grace'],
    'missing-key',
    `is missing: class ${name} has no grace time here; write 1h or more`,
  );
};

type AutomaticRule = Extract<RotationRule, { kind: 'automatic' }>;

/** A longer grace time is weaker: the replaced credential stays valid for longer. */
const checkLonger = (scope: SecretScope, own: string | undefined): void => {
  const { path, secret, class: name, defaults, isBroken, report } = scope;
  if (own === undefined || defaults.grace === undefined || hoursOf(own) <= hoursOf(defaults.grace)) return;
  if (secret.exception !== undefined || isBroken([...path, 'exception'])) return;
  report(
    [...path, 'rotation', 'grace'],
    'weaker-than-class',
    `must be at most ${defaults.grace}, as class ${name} asks (got ${own}); write 1h to ${defaults.grace}, or ${exceptionHint}`,
  );
};

/** Within the grace time nothing rotates, so no two rotations of the schedule may lie closer together. */
const checkGap = (
  { path, secret, class: name, report }: SecretScope,
  { grace, every, everyHours, window, windowText }: AutomaticRule,
  strategy: string,
): void => {
  const gap = shortestGapHours(everyHours, window);
  if (grace === undefined || hoursOf(grace) <= gap) return;
  const when = window === undefined ? `every: ${every}` : `every: ${every} in the window ${windowText}`;
  if (gap < 1) {
    report(
      [...path, 'rotation', 'every'],
      'interval-not-possible',
      `leaves no time for the grace time of strategy ${strategy} (got ${every}): two rotations can follow each other at once; ` +
        'write 2d or longer, or a window',
    );
    return;
  }
  const own = typeof secret.rotation === 'object' && secret.rotation.grace !== undefined;
  report(
    [...path, 'rotation', 'grace'],
    'interval-not-possible',
    `${own ? `must be at most ${gap}h for ${when} (got ${grace})` : `is missing: the ${grace} of class ${name} are too long for ${when}`}, ` +
      `where two rotations can lie ${gap}h apart; write 1h to ${gap}h, or a longer interval`,
  );
};
