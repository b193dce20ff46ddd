/** What a user's environment says to AWS SDKs, database drivers, Python and CDK, and what must not reach the local platform. */

import { homedir } from 'node:os';

/** Prefixes of variables that set where our programs connect, or with which credentials. */
const beginnings = ['AWS_', 'CDK_', 'PG', 'MYSQL_', 'MARIADB_', 'REDISCLI_', 'MONGODB_', 'DOTNET_SQL'];

/** A variable that is not a setting of its own, but begins so. */
const isOurs = (name: string): boolean => name === 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

export const isUserSetting = (name: string): boolean =>
  !isOurs(name) && beginnings.some((beginning) => name.startsWith(beginning));

/** Forgets them for this process and those that it starts: everything local is addressed and authorised explicitly. */
export const useOwnSettingsOnly = (): void => {
  for (const name of Object.keys(process.env).filter(isUserSetting)) Reflect.deleteProperty(process.env, name);
  if (!hasHome()) process.env['HOME'] = '/nonexistent';
};

/** Without HOME, Node asks for the user's entry in /etc/passwd; SDKs and CDK fail without one. */
const hasHome = (): boolean => {
  try {
    return homedir() !== '';
  } catch {
    return false;
  }
};
