/**
 * Where the functions' AWS clients find credentials: in the environment, where Lambda puts those of the role.
 *
 * Bundles have this in the place of `@aws-sdk/credential-provider-node`, which also looks in profiles, SSO and instance
 * metadata, and brings five more clients for that.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
