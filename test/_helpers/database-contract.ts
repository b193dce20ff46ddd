/** What every `Database` does, real or modelled: one contract for all engines, as far as each one's facts go. */
import { beforeEach, describe, expect, it } from 'vitest';
import { engineFacts } from '../../lib/contract/index.ts';
import { describeAdmin } from './database-contract/admin.ts';
import { describeChanges } from './database-contract/changes.ts';
import { describeClones } from './database-contract/clones.ts';
import { describeContainment } from './database-contract/containment.ts';
import { describeDualPasswords } from './database-contract/dual-passwords.ts';
import { describeInspection } from './database-contract/inspection.ts';
import { describeProvisioning } from './database-contract/provisioning.ts';
import { describeRevokedRights } from './database-contract/revoked-rights.ts';
import { describeRevocations } from './database-contract/revocations.ts';
import { Bench, type DatabaseContractOptions, type DatabaseUnderTest } from './database-contract/bench.ts';

export { no, yes } from './database-contract/bench.ts';
export type {
  DatabaseContractOptions,
  DatabaseUnderTest,
  Holding,
  OwnershipUnderTest,
  ProvisioningUnderTest,
  RightsUnderTest,
  SessionUnderTest,
} from './database-contract/bench.ts';

/**
 * Which parts an engine is held to follows from `engineFacts`, so that what the catalog promises of an engine is what
 * its adapter does.
 *
 * @param prepare - gives a database in which user names that a test makes up do not exist yet; once a test.
 */
export const describeDatabase = (
  name: string,
  options: DatabaseContractOptions,
  prepare: () => Promise<DatabaseUnderTest>,
): void => {
  const { strategies, provisions } = engineFacts[options.engine];
  const { holds = [] } = options;
  const bench = new Bench(options);

  describe(`${name} as a Database`, () => {
    beforeEach(async () => {
      bench.next(await prepare());
    });

    it('is the engine, and can what the catalog says of it', () => {
      const { database } = bench.under;
      expect(database.engine).toBe(options.engine);
      expect(database.cloneUser !== undefined).toBe(strategies.includes('alternating-users'));
      expect(database.revokeUser !== undefined).toBe(strategies.includes('alternating-users'));
      expect(database.discardPassword !== undefined).toBe(strategies.includes('dual-password'));
      expect(database.inspectUser !== undefined).toBe(holds.includes('inspection'));
      expect(database.passwordPolicy !== undefined).toBe(holds.includes('password-policy'));
    });

    describeChanges(bench);
    describeAdmin(bench);
    if (holds.includes('inspection')) describeInspection(bench);
    if (holds.includes('containment')) describeContainment(bench);
    const takesRights = provisions || strategies.includes('alternating-users');
    if (holds.includes('revoked-rights') && takesRights) describeRevokedRights(bench);
    if (provisions) describeProvisioning(bench);
    if (strategies.includes('dual-password')) describeDualPasswords(bench);
    if (strategies.includes('alternating-users')) {
      describeClones(bench);
      describeRevocations(bench);
    }
  });
};
