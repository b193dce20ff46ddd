/** Errors of the constructs: CDK's own `ValidationError`, which names the construct by its path. */
import { ValidationError } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

type ErrorName = ConstructorParameters<typeof ValidationError>[0];

/** An error for props that would not deploy or not work; `message` has the wrong value and what to write instead. */
export const invalidProps = (scope: IConstruct, message: string): ValidationError =>
  new ValidationError('StrongroomInvalidProps' as ErrorName, message, scope);
