/** What every other stack of an environment refers to: its keys, its alert topics and its break-glass role. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AdoptedSecret, Contact, EnvironmentCatalog } from '../catalog/model.ts';
import { AlertKey, AlertTopic } from '../constructs/alert-topic/alert-topic.ts';
import { BreakGlassRole } from '../constructs/break-glass-role/break-glass-role.ts';
import { EncryptionKey, type KeyGuest } from '../constructs/encryption-key/encryption-key.ts';
import { OperatorPolicy } from '../constructs/operator-policy/operator-policy.ts';
import type { Sensitivity } from '../contract/index.ts';
import { stackPropsOf } from './stack-props.ts';

export class FoundationStack extends Stack {
  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, 'foundation', stackPropsOf(catalog, 'foundation'));
    const environment = catalog.name;
    const key = (id: string, sensitivity: Sensitivity): EncryptionKey =>
      new EncryptionKey(this, id, { environment, sensitivity, guests: guestsOf(catalog, sensitivity) });
    const encryptionKeys = [key('StandardKey', 'standard').key, key('HighKey', 'high').key];
    const adopted = adoptedIn(catalog);
    const adoptedKeyArns = [...new Set(adopted.flatMap(({ keyArn }) => keyArn ?? []))];
    new BreakGlassRole(this, 'BreakGlass', {
      environment,
      principals: catalog.breakGlass,
      encryptionKeys,
      adoptedKeyArns,
    });
    new OperatorPolicy(this, 'Operators', {
      environment,
      encryptionKeys,
      ...(adopted.length > 0 && { adopted: { keyArns: adoptedKeyArns } }),
    });
    const { key: encryptionKey } = new AlertKey(this, 'AlertKey', { environment });
    for (const contact of contactsOf(catalog)) {
      new AlertTopic(this, `Alerts-${contact.name}`, { environment, contact, encryptionKey });
    }
  }
}

/** Readers of other accounts, each with what it reads under the key of a sensitivity. Adopted secrets have other keys. */
const guestsOf = ({ applications, fences }: EnvironmentCatalog, sensitivity: Sensitivity): KeyGuest[] => {
  const { organizationId } = fences ?? {};
  // A secret with such a reader is refused without it.
  if (organizationId === undefined) return [];
  return applications.flatMap(({ consumers, secrets }) =>
    consumers.flatMap((consumer): KeyGuest[] => {
      if (!('account' in consumer)) return [];
      const read = secrets.filter(
        (secret) => secret.sensitivity === sensitivity && !secret.adopted && secret.readers.includes(consumer.name),
      );
      const { roleArn, account } = consumer;
      return read.length === 0
        ? []
        : [{ roleArn, account, organizationId, secrets: read.map(({ fullName }) => fullName) }];
    }),
  );
};

const adoptedIn = ({ applications }: EnvironmentCatalog): AdoptedSecret[] =>
  applications.flatMap(({ secrets }) => secrets).flatMap(({ adopted }) => adopted ?? []);

/** Each contact once, by name. */
const contactsOf = ({ contact, applications }: EnvironmentCatalog): Contact[] => [
  ...new Map(
    [contact, ...applications.map((application) => application.contact)].map((one) => [one.name, one]),
  ).values(),
];
