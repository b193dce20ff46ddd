/** What every other stack of an environment refers to: its keys, its alert topics and its break-glass role. */
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Function } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { contactsOf, pagerDutyContactsOf } from '../model/contacts.ts';
import type { AdoptedSecret, Contact, ContactWithTopic, EnvironmentCatalog } from '../model/catalog.ts';
import { replicaRegionsOf } from '../model/replica-regions.ts';
import { permissionSetIn } from '../model/role-arn.ts';
import { AlertKey, AlertTopic } from '../constructs/alert-topic/alert-topic.ts';
import { ChatAccess } from '../constructs/alert-topic/chat-channel.ts';
import { BreakGlassRole } from '../constructs/break-glass-role/break-glass-role.ts';
import { EncryptionKey } from '../constructs/encryption-key/encryption-key.ts';
import { OperatorPolicy } from '../constructs/operator-policy/operator-policy.ts';
import { PagerDuty, type PagerDutyRoute } from '../constructs/pagerduty/pagerduty.ts';
import type { Sensitivity } from '../contract/index.ts';
import { crossAccountReadersOf } from './cross-account-readers.ts';
import { roleOf } from './references.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { alertTopicOf, logsFor, rolesOf } from './references.ts';
import { secretNamesOf } from './secret-names.ts';

export class FoundationStack extends EnvironmentStack {
  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, catalog, 'foundation');
    const environment = catalog.name;
    const secretNames = secretNamesOf(catalog);
    const key = (id: string, sensitivity: Sensitivity): EncryptionKey =>
      new EncryptionKey(this, id, {
        environment,
        secretNames,
        sensitivity,
        crossAccountReaders: crossAccountReadersOf(this, catalog, (secret) => secret.sensitivity === sensitivity),
      });
    const encryptionKeys: [IKey, IKey] = [key('StandardKey', 'standard').key, key('HighKey', 'high').key];
    const adopted = adoptedIn(catalog);
    const adoptedKeys = [...new Set(adopted.flatMap(({ keyArn }) => keyArn ?? []))].map((arn, index) =>
      Key.fromKeyArn(this, `AdoptedKey${index}`, arn),
    );
    new BreakGlassRole(this, 'BreakGlass', {
      environment,
      secretNames,
      principals: catalog.breakGlass.map((arn) => {
        const permissionSet = permissionSetIn(arn);
        return permissionSet === undefined ? roleOf(this, arn) : { permissionSet };
      }),
      encryptionKeys,
      adoptedKeys,
      replicaRegions: replicaRegionsOf(catalog),
    });
    new OperatorPolicy(this, 'Operators', {
      environment,
      secretNames,
      encryptionKeys,
      ...(adopted.length > 0 && { adopted: { keys: adoptedKeys } }),
      replicaRegions: replicaRegionsOf(catalog, ({ value }) => value === 'supplied'),
      customFunctions: customFunctionArns(catalog).map((arn, index) =>
        Function.fromFunctionArn(this, `CustomFunction${index}`, arn),
      ),
    });
    // The other contacts have a topic already.
    const contacts = contactsOf(catalog).filter((one): one is ContactWithTopic => !('topic' in one));
    if (contacts.length === 0) return;
    const { key: encryptionKey } = new AlertKey(this, 'AlertKey', { environment });
    const chatAccess = contacts.some((one) => 'slack' in one || 'teams' in one)
      ? new ChatAccess(this, 'ChatAccess', { environment })
      : undefined;
    const topics = new Map(
      contacts.map((contact) => {
        const { topic } = new AlertTopic(this, `Alerts-${contact.name}`, {
          environment,
          contact,
          encryptionKey,
          ...(chatAccess && { chatAccess }),
        });
        return [contact.name, topic];
      }),
    );
    this.#pageByPagerDuty(catalog, topics, encryptionKeys[1]);
  }

  #pageByPagerDuty(catalog: EnvironmentCatalog, topics: ReadonlyMap<string, ITopic>, encryptionKey: IKey): void {
    const { name: environment, contact: platform, operators, fences, nameTemplate, runbooks } = catalog;
    const existing = new Map<string, ITopic>();
    const topicOf = (contact: Contact): ITopic => {
      const topic = topics.get(contact.name) ?? existing.get(contact.name) ?? alertTopicOf(this, environment, contact);
      existing.set(contact.name, topic);
      return topic;
    };
    const routes = pagerDutyContactsOf(catalog).map((contact): PagerDutyRoute => ({
      contact,
      topic: topicOf(contact),
      fallback: topicOf(contact.pagerduty.fallback),
    }));
    if (routes.length === 0) return;
    new PagerDuty(this, 'PagerDuty', {
      environment,
      routes,
      encryptionKey,
      owner: platform.name,
      operators: rolesOf(this, 'Operator', operators),
      secretNames: secretNamesOf(catalog),
      runbooks,
      ...(nameTemplate !== undefined && { nameTemplate }),
      ...(fences && { fences }),
      ...logsFor(catalog.logRetentionDays),
      ...(catalog.certificateAuthorities !== undefined && { certificateAuthorities: catalog.certificateAuthorities }),
    });
  }
}

const adoptedIn = ({ applications }: EnvironmentCatalog): AdoptedSecret[] =>
  applications.flatMap(({ secrets }) => secrets).flatMap(({ adopted }) => adopted ?? []);

const customFunctionArns = ({ applications }: EnvironmentCatalog): string[] => [
  ...new Set(
    applications.flatMap(({ secrets }) =>
      secrets.flatMap(({ rotation }) => (rotation.kind === 'custom' ? [rotation.functionArn] : [])),
    ),
  ),
];
