/** What CloudFormation would refuse in the middle of a deployment is refused by the synth. */
import { App, CfnResource } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { contactsAnEnvironment } from '../../../lib/catalog/checks/contacts.ts';
import type { Application, Contact, EnvironmentCatalog } from '../../../lib/model/catalog.ts';
import { FoundationStack } from '../../../lib/stacks/foundation-stack.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';

const contact = (index: number): Contact => ({ name: `team-${index}`, email: `team-${index}@example.com` });

/** The foundation of `prod`, with so many contacts. */
const foundationWith = (contacts: number): FoundationStack => {
  const prod = exampleCatalog.environments.find(({ name }) => name === 'prod');
  const [payments] = prod?.applications ?? [];
  if (!prod || !payments) throw new Error('The example catalog has no application in prod');
  const applications = Array.from({ length: contacts }, (_, index): Application => ({
    ...payments,
    name: `app-${index}`,
    contact: contact(index),
  }));
  const catalog: EnvironmentCatalog = { ...prod, contact: contact(0), applications };
  return new FoundationStack(new App(), catalog);
};

const resourcesIn = (stack: FoundationStack): number =>
  stack.node.findAll().filter((one) => CfnResource.isCfnResource(one)).length;

test('the foundation has room for the contacts that a catalog may have', () => {
  const stack = foundationWith(contactsAnEnvironment);
  expect(resourcesIn(stack)).toBeGreaterThan(3 * contactsAnEnvironment);
  expect(stack.node.validate()).toEqual([]);
});

test('a stack of 500 resources is taken, and one more is refused with what to do', () => {
  const stack = foundationWith(1);
  for (let count = resourcesIn(stack); count < 500; count++) {
    new CfnResource(stack, `Topic${count}`, { type: 'AWS::SNS::Topic' });
  }
  expect(stack.node.validate()).toEqual([]);
  new CfnResource(stack, 'OneMore', { type: 'AWS::SNS::Topic' });
  expect(stack.node.validate()).toEqual([
    'The stack strongroom-prod-foundation has 501 resources, and CloudFormation takes 500: declare some of its ' +
      'consumers and secrets as another application, in a file of its own',
  ]);
});
