/** Names, tags, variables and shapes on which lib, lambdas, client and cli agree. Imports nothing. */
export * from './audit-destinations.ts';
export * from './audit-selection.ts';
export * from './classes.ts';
export { CodedError, type CodedErrorOptions, isCodedError } from './coded-error.ts';
export * from './consumer-services.ts';
export * from './engines.ts';
export * from './environment-variables.ts';
export * from './metrics.ts';
export * from './names.ts';
export * from './notices.ts';
export * from './pem-certificates.ts';
export * from './rotation-event.ts';
export * from './rotation-request.ts';
export * from './rotation-watch.ts';
export * from './secret-arn.ts';
export * from './secret-names.ts';
export * from './secret-value.ts';
export * from './tags.ts';
