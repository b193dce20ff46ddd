/** The privileges on each kind of object that the levels of a grant in the catalog come to. */
import type { SchemaPrivilege } from '../../../lib/contract/index.ts';

export const schemaPrivileges: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['USAGE'],
  'read-write': ['USAGE'],
  migrate: ['USAGE', 'CREATE'],
};
/** Without TRIGGER, which would run the user's code with the rights of everyone who writes to the table. */
export const tablePrivileges: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['SELECT'],
  'read-write': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  migrate: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES'],
};
export const sequencePrivileges: Readonly<Record<SchemaPrivilege, readonly string[]>> = {
  'read-only': ['SELECT'],
  'read-write': ['SELECT', 'USAGE'],
  migrate: ['SELECT', 'USAGE', 'UPDATE'],
};
