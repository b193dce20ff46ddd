/** Checks the rotation of a secret: allowed by its class, possible in its window. */
import { rotationRule } from '../entries/rotation-rule.ts';
import { scheduleFor, shortestEvery } from '../entries/schedule.ts';
import { hoursOf } from '../words/scalars.ts';
import { exceptionHint } from './exception-hint.ts';
import { checkGrace } from './grace.ts';
import { checkCustomRotation, isCustom } from './custom-rotation.ts';
import { checkNetwork } from './network.ts';
import type { SecretScope } from './scope.ts';

export const checkRotation = (scope: SecretScope): void => {
  if (scope.isBroken([...scope.path, 'rotation'])) return;
  checkCustomRotation(scope);
  checkStrategy(scope);
  checkInterval(scope);
  checkWindow(scope);
  checkNetwork(scope);
  if (scope.class === 'database') checkGrace(scope, rotationRule(scope.secret.rotation, scope.defaults));
};

/** Only databases have a strategy. The rest is rotated by hand or by a function of the organisation's own. */
const checkStrategy = (scope: SecretScope): void => {
  const { path, secret, class: name, defaults, isBroken, report } = scope;
  if (secret.rotation === 'manual') {
    if (defaults.every === undefined || secret.exception !== undefined || isBroken([...path, 'exception'])) return;
    const otherwise = name === 'database' ? `{ every: ${defaults.every} }, or ` : '';
    report(
      [...path, 'rotation'],
      'weaker-than-class',
      `is weaker than class ${name} asks (got manual, the class rotates every ${defaults.every}); write ${otherwise}${exceptionHint}`,
    );
    return;
  }
  if (name === 'database' || isCustom(scope) || rotationRule(secret.rotation, defaults).kind === 'manual') return;
  const exception =
    defaults.every === undefined ? '' : `, and ${exceptionHint}, because the class rotates every ${defaults.every}`;
  const problem = secret.rotation === undefined ? 'is missing' : 'must be manual';
  report(
    [...path, 'rotation'],
    'rotation-not-possible',
    `${problem}: no strategy rotates class ${name} by itself; write rotation: manual${exception}; or name a function of your own: { function: ARN, role: ARN }`,
  );
};

const rotates = (scope: SecretScope): boolean => scope.class === 'database' || isCustom(scope);

const checkInterval = (scope: SecretScope): void => {
  const { path, secret, class: name, defaults, isBroken, report } = scope;
  if (!rotates(scope) || typeof secret.rotation !== 'object') return;
  const { every } = secret.rotation;
  if (every === undefined) {
    if (defaults.every !== undefined) return;
    report(
      [...path, 'rotation', 'every'],
      'missing-key',
      `is missing: class ${name} has no interval here; write 4h to 1000d`,
    );
    return;
  }
  if (defaults.every === undefined || hoursOf(every) <= hoursOf(defaults.every)) return;
  if (secret.exception !== undefined || isBroken([...path, 'exception'])) return;
  report(
    [...path, 'rotation', 'every'],
    'weaker-than-class',
    `must be at most ${defaults.every}, as class ${name} asks (got ${every}); write 4h to ${defaults.every}, or ${exceptionHint}`,
  );
};

const checkWindow = (scope: SecretScope): void => {
  const { path, secret, class: name, defaults, report } = scope;
  const rule = rotationRule(secret.rotation, defaults);
  if (!rotates(scope) || rule.kind !== 'automatic' || rule.window === undefined) return;
  if (scheduleFor(rule.everyHours, rule.window) !== undefined) return;
  const least = shortestEvery(rule.window);
  const own = typeof secret.rotation === 'object' && secret.rotation.window !== undefined;
  const whose = own ? '' : ` of class ${name}`;
  report(
    [...path, 'rotation', 'every'],
    'interval-not-possible',
    `must be at least ${least} for the window ${rule.windowText}${whose} (got ${rule.every}); ` +
      `write ${least} or longer, or window: any`,
  );
};
