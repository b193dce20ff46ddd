/** Whether a secret is one of an environment's. */
import { secretTag } from '../../../lib/contract/index.ts';
import type { SecretDescription } from './ports.ts';

/** By its tag, or without one by its name, which a template may shape otherwise. IAM decides which the function reaches. */
export const isOfEnvironment = (
  { name, tags }: Pick<SecretDescription, 'name' | 'tags'>,
  environment: string,
): boolean => (tags[secretTag.environment] ?? name.split('/')[0]) === environment;
