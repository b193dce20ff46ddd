/** The table for the detections says of readers and rotators what the oracle says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declaredAccess, declaredPrincipals, decide, secretsOf } from '../../../lib/access/index.ts';
import { atHome } from '../../../lib/access/rows.ts';
import { type EnvironmentCatalog } from '../../../lib/model/index.ts';
import { createDeclared } from '../../../lambdas/audit/detect/facts/declared.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { organisations } from '../../infra/access/matrix/organisations.ts';

/** Of a secret and its replicas together: the table has one entry for them. */
const differences = (environment: EnvironmentCatalog): string[] => {
  const declared = createDeclared(declaredAccess(environment, []));
  const principals = declaredPrincipals({ organisation: 'x', environments: [environment] });
  const secrets = secretsOf(environment);
  const byName = new Map(secrets.map(({ fullName }) => [fullName, secrets.filter((one) => one.fullName === fullName)]));
  return [...byName].flatMap(([name, copies]) => {
    const access = declared.secret(name);
    if (!access) return [`${name} is not in the table`];
    return principals.flatMap((principal) => {
      const oracle = copies.some(
        (secret) =>
          decide({
            principal,
            secret,
            action: 'secretsmanager:GetSecretValue',
            circumstances: atHome(environment),
          }) === 'allowed',
      );
      const table = declared.mayRead(principal.arn, access);
      // A reader of another account may lack what that account must give it, and is declared all the same.
      if (table && principal.account !== environment.account) return [];
      return oracle === table ? [] : [`${name}, ${principal.arn}: oracle ${oracle}, table ${table}`];
    });
  });
};

describe('the table of declared readers', () => {
  it.each(exampleCatalog.environments.map((environment) => [environment.name, environment] as const))(
    'agrees with the oracle: %s',
    (_, environment) => {
      expect(differences(environment)).toEqual([]);
    },
  );

  it('agrees with the oracle for random organisations', () => {
    fc.assert(
      fc.property(organisations, ({ catalog }) => {
        expect(catalog.environments.flatMap(differences)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
