/** Checks the rotation of a secret: allowed by its class, possible in its window. */
import { rotationRule } from '../rotation-rule.ts';
import { scheduleFor, shortestEvery } from '../schedule.ts';
import { hoursOf } from '../schema/scalars.ts';
import { exceptionHint } from './exception-hint.ts';
import { checkGrace } from './grace.ts';
import type { SecretScope } from './scope.ts';

export const checkRotation = (scope: SecretScope): void => {
  if (scope.isBroken([...scope.path, 'rotation'])) return;
  checkStrategy(scope);
  checkInterval(scope);
  checkWindow(scope);
  if (scope.class === 'database') checkGrace(scope, rotationRule(scope.secret.rotation, scope.defaults));
};

/** Only databases have a strategy: everything else is rotated by hand, and the class may want to know until when. */
const checkStrategy = ({ path, secret, class: name, defaults, isBroken, report }: SecretScope): void => {
  if (secret.rotation === 'manual') {
    if (defaults.every === undefined || secret.exception !== undefined || isBroken([...path, 'exception'])) return;
    const otherwise = name === 'database' ? `{ every: ${defaults.every} }, or ` : '';
    report(
      [...path, 'rotation'],
      `is weaker than class ${name} asks (got manual, the class rotates every ${defaults.every}); write ${otherwise}${exceptionHint}`,
    );
    return;
  }
  if (name === 'database' || rotationRule(secret.rotation, defaults).kind === 'manual') return;
  const exception =
    defaults.every === undefined ? '' : `, and ${exceptionHint}, because the class rotates every ${defaults.every}`;
  const problem = secret.rotation === undefined ? 'is missing' : 'must be manual';
  report(
    [...path, 'rotation'],
    `${problem}: no strategy rotates class ${name} by itself; write rotation: manual${exception}`,
  );
};

const checkInterval = ({ path, secret, class: name, defaults, isBroken, report }: SecretScope): void => {
  if (name !== 'database' || typeof secret.rotation !== 'object') return;
  const { every } = secret.rotation;
  if (every === undefined) {
    if (defaults.every !== undefined) return;
    report([...path, 'rotation', 'every'], `is missing: class ${name} has no interval here; write 4h to 1000d`);
    return;
  }
  if (defaults.every === undefined || hoursOf(every) <= hoursOf(defaults.every)) return;
  if (secret.exception !== undefined || isBroken([...path, 'exception'])) return;
  report(
    [...path, 'rotation', 'every'],
    `must be at most ${defaults.every}, as class ${name} asks (got ${every}); write 4h to ${defaults.every}, or ${exceptionHint}`,
  );
};

const checkWindow = ({ path, secret, class: name, defaults, report }: SecretScope): void => {
  const rule = rotationRule(secret.rotation, defaults);
  if (name !== 'database' || rule.kind !== 'automatic' || rule.window === undefined) return;
  if (scheduleFor(rule.everyHours, rule.window) !== undefined) return;
  const least = shortestEvery(rule.window);
  const own = typeof secret.rotation === 'object' && secret.rotation.window !== undefined;
  const whose = own ? '' : ` of class ${name}`;
  report(
    [...path, 'rotation', 'every'],
    `must be at least ${least} for the window ${rule.windowText}${whose} (got ${rule.every}); ` +
      `write ${least} or longer, or window: any`,
  );
};
