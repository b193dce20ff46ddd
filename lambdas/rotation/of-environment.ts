/** Whether a secret is one of an environment's. */
import { secretTag } from '../../lib/contract/index.ts';
import type { SecretDescription } from './ports.ts';

/** By its name, or by its tag: an adopted secret keeps the name that it had. IAM decides which the function reaches. */
export const isOfEnvironment = (
  { name, tags }: Pick<SecretDescription, 'name' | 'tags'>,
  environment: string,
): boolean => name.startsWith(`${environment}/`) || tags[secretTag.environment] === environment;
