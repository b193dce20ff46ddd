/** Secrets Manager reports that a rotation failed or was abandoned, or someone cancelled the rotation of a secret. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

const failed: Readonly<Record<string, string>> = {
  RotationFailed: 'failed',
  RotationAbandoned: 'was abandoned',
};

export const rotationFailed: Rule = (event, { declared }) => {
  if (event.service !== 'secretsmanager') return undefined;
  const outcome = failed[event.operation];
  const [secret = 'a secret'] = event.secrets;
  if (outcome !== undefined) {
    return { group: secret, secrets: event.secrets, message: `The rotation of ${secret} ${outcome}` };
  }
  if (event.operation !== 'CancelRotateSecret' || !event.succeeded || isByDeployment(event, declared)) return undefined;
  return {
    group: secret,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} turned the rotation of ${secret} off`,
  };
};
