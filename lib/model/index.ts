/** A catalog with every default applied and every reference resolved. Pure data, and what follows from it alone. */
export * from './catalog.ts';
export { contactsOf, emailsOf } from './contacts.ts';
export { consumerRoleArn, partitionOf, roleArnIn } from './role-arn.ts';
export { adoptedTags, type SecretTags } from './secret-tags.ts';
