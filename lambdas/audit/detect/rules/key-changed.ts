/**
 * A key that encrypts declared secrets was disabled, scheduled for deletion, or opened by a policy or a grant. Which keys those
 * are is learned from the decryptions: an event names a key by its id, the catalog by its alias.
 */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

const changes: ReadonlySet<string> = new Set([
  'CreateGrant',
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'DisableKeyRotation',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
]);
const stops: ReadonlySet<string> = new Set(['DeleteImportedKeyMaterial', 'DisableKey', 'ScheduleKeyDeletion']);

/** Secrets that are not read for longer are not listed. */
const remembered = { milliseconds: 90 * 86_400_000, members: 200 };
const added = { ...remembered, members: 0 };

export const keyChanged: Rule = async (event, { declared, state }) => {
  if (event.service !== 'kms' || !event.succeeded) return undefined;
  if (event.operation === 'Decrypt') {
    const names = event.secrets.filter((name) => declared.secret(name) !== undefined);
    for (const key of keysOf(event.resources)) {
      for (const name of names) await state.add(`secrets-of#${key}`, name, event.at, added);
    }
    return undefined;
  }
  if (!changes.has(event.operation) || isByDeployment(event, declared)) return undefined;
  // Services take grants on keys for their own work; a person does not act for one.
  if (event.operation === 'CreateGrant' && event.principal.invokedBy !== undefined) return undefined;
  const asked = event.request['keyId'];
  const keys = new Set([...keysOf(event.resources), ...(typeof asked === 'string' ? keysOf([asked]) : [])]);
  for (const key of keys) {
    const secrets = await state.membersOf(`secrets-of#${key}`, event.at, remembered);
    if (secrets.length === 0) continue;
    return {
      group: key,
      secrets,
      message: `${nameOf(event.principal)} called ${event.operation} for key ${key}, which encrypts ${secrets.length} secrets`,
      ...(stops.has(event.operation) && { severity: 'critical' as const }),
    };
  }
  return undefined;
};

/** Ids of keys, from their ARNs or as they are. */
const keysOf = (references: readonly string[]): readonly string[] =>
  references.flatMap(
    (reference) =>
      /(?:^|:key\/)((?:mrk-[0-9a-f]{32})|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(reference)?.[1] ?? [],
  );
