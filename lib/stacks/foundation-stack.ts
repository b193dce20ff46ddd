/** What every other stack of an environment refers to: its keys, its alert topics and its break-glass role. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Contact, EnvironmentCatalog } from '../catalog/model.ts';
import { AlertKey, AlertTopic } from '../constructs/alert-topic/alert-topic.ts';
import { BreakGlassRole } from '../constructs/break-glass-role/break-glass-role.ts';
import { EncryptionKey } from '../constructs/encryption-key/encryption-key.ts';
import { OperatorPolicy } from '../constructs/operator-policy/operator-policy.ts';
import { stackPropsOf } from './stack-props.ts';

export class FoundationStack extends Stack {
  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, 'foundation', stackPropsOf(catalog, 'foundation'));
    const environment = catalog.name;
    const standard = new EncryptionKey(this, 'StandardKey', { environment, sensitivity: 'standard' });
    const high = new EncryptionKey(this, 'HighKey', { environment, sensitivity: 'high' });
    new BreakGlassRole(this, 'BreakGlass', {
      environment,
      principals: catalog.breakGlass,
      encryptionKeys: [standard.key, high.key],
    });
    new OperatorPolicy(this, 'Operators', { environment, encryptionKeys: [standard.key, high.key] });
    const { key: encryptionKey } = new AlertKey(this, 'AlertKey', { environment });
    for (const contact of contactsOf(catalog)) {
      new AlertTopic(this, `Alerts-${contact.name}`, { environment, contact, encryptionKey });
    }
  }
}

/** Each contact once, by name. */
const contactsOf = ({ contact, applications }: EnvironmentCatalog): Contact[] => [
  ...new Map(
    [contact, ...applications.map((application) => application.contact)].map((one) => [one.name, one]),
  ).values(),
];
