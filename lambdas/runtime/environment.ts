/** Reads the variables that the constructs gave to a function: all of them, once, at start. */
import { type FunctionEnvironment, CodedError } from '../../lib/contract/index.ts';

/**
 * `readEnvironment(rotationVariables, process.env)` gives `{ environment, engine }`.
 *
 * @throws CodedError `environment-incomplete`, naming every variable that is missing or empty.
 */
export const readEnvironment = <const Variables extends Record<string, string>>(
  variables: Variables,
  environment: Partial<FunctionEnvironment<Variables>> & NodeJS.ProcessEnv,
): { readonly [Key in keyof Variables]: string } => {
  const entries = Object.entries(variables).map(([key, name]) => ({ key, name, value: environment[name] }));
  const missing = entries.filter(({ value }) => !value).map(({ name }) => name);
  if (missing.length > 0) {
    throw new CodedError(
      'environment-incomplete',
      `The function lacks the environment variables ${missing.join(', ')}: deploy it with the construct that sets them`,
      { retryable: false },
    );
  }
  return Object.fromEntries(entries.map(({ key, value }) => [key, value])) as { [Key in keyof Variables]: string };
};
