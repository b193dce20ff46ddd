/** The catalog of secrets: loaded from YAML, checked, resolved for each environment. Knows no CDK and no AWS. */
export { readCertificateAuthorities } from './certificate-authorities.ts';
export { classDefaults, type ClassDefaults } from './class-defaults.ts';
export { loadCatalog, type LoadCatalogOptions } from './load-catalog.ts';
export { loadClassDefaults } from './load-class-defaults.ts';
export * from './model.ts';
export { CatalogError, type CatalogProblem, formatProblem } from './problem.ts';
export { consumerRoleArn, roleArnIn } from './role-arn.ts';
export { adoptedTags, type SecretTags } from './secret-tags.ts';
export { functionArn as functionArnSchema, hoursOf, roleArn as roleArnSchema } from './schema/scalars.ts';
export { scheduleInWords } from './schedule-words.ts';
export { didYouMean } from './suggest.ts';
