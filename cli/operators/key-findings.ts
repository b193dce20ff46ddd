/** Whether the key of a secret can be used. */
import { findingOf, type Finding } from './finding.ts';
import type { KeyState } from './ports.ts';
import { moment } from './words.ts';

export const keyFindings = (secret: string, keyId: string, key: KeyState | undefined): Finding[] => {
  const found = (code: string, cause: string): Finding[] => [findingOf(secret, 'key', code, cause)];
  if (key === undefined) return found('key-missing', `Its key ${keyId} does not exist`);
  switch (key.state) {
    case 'Enabled':
      return [];
    case 'Disabled':
      return found('key-disabled', `Its key ${keyId} is disabled, so that nobody can read the secret`);
    case 'PendingDeletion': {
      const when = key.deletionAt ? `on ${moment(key.deletionAt)}` : 'soon';
      return found(
        'key-being-deleted',
        `Its key ${keyId} will be deleted ${when}, and every value with it permanently`,
      );
    }
    default:
      return found('key-unusable', `Its key ${keyId} is ${key.state}`);
  }
};
