/** The catalog of secrets: loaded from YAML, checked, resolved for each environment. Knows no CDK and no AWS. */
export { readCertificateAuthorities } from './source/certificate-authorities.ts';
export type { ClassDefaults } from './entries/class-defaults.ts';
export { loadCatalog, type LoadCatalogOptions } from './load-catalog.ts';
export { loadClassDefaults } from './load-class-defaults.ts';
export type { CatalogProblemCode } from './messages/problem-codes.ts';
export { CatalogError, type CatalogProblem, formatProblem } from './messages/problem.ts';
export { functionArn as functionArnSchema, hoursOf, roleArn as roleArnSchema } from './words/scalars.ts';
export { scheduleInWords } from './entries/schedule-words.ts';
export { didYouMean } from './messages/suggest.ts';
