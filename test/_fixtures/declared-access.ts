/** What an environment declares, for constructs and functions that need it. */
import type { DeclaredAccess } from '../../lib/contract/index.ts';

export const nothingDeclared: DeclaredAccess = {
  environment: 'prod',
  account: '444455556666',
  production: true,
  roles: [],
  secrets: {},
  auditResources: [],
};
