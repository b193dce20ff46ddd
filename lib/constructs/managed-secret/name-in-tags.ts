/** The tag of a secret that names those who read it by tags. */
import type { Construct } from 'constructs';
import { formatReaders, secretTag } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { ManagedSecret } from './managed-secret.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html */
const longestTag = 256;

const named = new WeakMap<ManagedSecret, Set<string>>();

/** Adds a reader to those that the secret's tag names already. */
export const nameInTags = (scope: Construct, secret: ManagedSecret, consumer: string): void => {
  const readers = (named.get(secret) ?? new Set()).add(consumer);
  named.set(secret, readers);
  const value = formatReaders([...readers]);
  if (value.length > longestTag) {
    throw invalidProps(
      scope,
      `The names of the ${readers.size} consumers that read ${secret.secretName} by its tags take ${value.length} characters, ` +
        `and a tag has ${longestTag}: give them shorter names, or let fewer of them read it`,
    );
  }
  secret.addTags({ [secretTag.readers]: value });
};
