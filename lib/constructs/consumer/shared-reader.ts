/** A reader of another application, which has its own stack: the secret's policy names it by its ARN. */
import { Stack } from 'aws-cdk-lib';
import type { Consumer } from '../../model/catalog.ts';
import { consumerRoleArn } from '../../model/role-arn.ts';
import { roleArn } from '../arns.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { networkOf } from './network.ts';

/** Lets the consumer through the policy of the secret. Its own stack has its policy: `Consumer._grantReadShared`. */
export const declareSharedReader = (secret: ManagedSecret, consumer: Consumer): void => {
  const arn = 'roleName' in consumer ? roleArn(secret, consumer.roleName) : consumerRoleArn(Stack.of(secret), consumer);
  secret._declareReader(arn, {
    network: networkOf(consumer),
    pending: false,
    people: 'permissionSet' in consumer,
    byVersion: consumer.reads === 'by-version',
  });
};
