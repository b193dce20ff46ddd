/** Refuses what a rotation function can't rotate, before CloudFormation or the first rotation would. */
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { engineFacts, type DatabaseEngine, type RotationStrategy } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';

export interface Schedule {
  readonly environment: string;
  readonly engine: DatabaseEngine;
  readonly strategy: RotationStrategy;
}

/** @param rotation - the construct of the function. */
export const checkSchedule = (rotation: Construct, secret: ManagedSecret, schedule: Schedule): void => {
  const { environment, engine, strategy } = schedule;
  if (secret.environment !== environment) {
    throw invalidProps(
      rotation,
      `${secret.secretName} is of environment ${secret.environment}, this function rotates ${environment}`,
    );
  }
  if (secret.database?.engine !== engine) {
    throw invalidProps(
      rotation,
      `${secret.secretName} is not a secret of ${engine}: give it class: 'database' and database.engine: '${engine}'`,
    );
  }
  const { label, strategies } = engineFacts[engine];
  if (!strategies.includes(strategy)) {
    throw invalidProps(
      rotation,
      `${secret.secretName} can't have strategy ${strategy}: ${label} has ${strategies.join(', ')}`,
    );
  }
  const [own, its] = [Stack.of(rotation), Stack.of(secret)];
  const same = (a: string, b: string): boolean => a === b || Token.isUnresolved(a) || Token.isUnresolved(b);
  if (!same(own.account, its.account) || !same(own.region, its.region)) {
    throw invalidProps(
      rotation,
      `${secret.secretName} is in ${its.account}/${its.region}, this function in ${own.account}/${own.region}`,
    );
  }
};

/** A value that somebody supplies is in use, or not there yet. */
export const checkFirstRotation = (secret: ManagedSecret): void => {
  if (!secret.generated) {
    throw invalidProps(
      secret,
      `${secret.secretName} can't rotate at its creation: its value is not generated. Write firstRotation: 'in-window'`,
    );
  }
};
