/** Each right that a change takes away is told by name, and none that it does not take. */
import { describe, expect, it } from 'vitest';
import type { RevokedRight } from '../../../lambdas/databases/port.ts';
import type { Grants } from '../../../lib/contract/index.ts';
import { no, present, yes, type Bench } from './bench.ts';

export const describeRevokedRights = (bench: Bench): void => {
  const { strategies, provisions } = bench.facts;
  const told: RevokedRight[] = [];
  const onRevoked = (right: RevokedRight) => {
    told.push(right);
  };
  const clone = (confirm = yes) => {
    const { database, address, admin } = bench.under;
    const wanted = { from: bench.user.username, to: bench.clone.username, password: bench.clone.password, onRevoked };
    told.length = 0;
    return present(database.cloneUser, 'cloneUser')(address, admin, wanted, confirm);
  };
  const rights = () => present(bench.under.rights, 'rights');

  describe('onRevoked', () => {
    if (strategies.includes('alternating-users')) {
      it('is told what a clone had and its user has not', async () => {
        await bench.under.addUser(bench.user);
        await rights().give(bench.user.username, 'first');
        await clone();
        expect(told).toEqual([]);
        await rights().give(bench.clone.username, 'second');

        await clone();

        expect(told).not.toEqual([]);
        for (const right of told) {
          expect(right.username).toBe(bench.clone.username);
          expect(right.privilege).not.toBe('');
          expect(right.object).not.toBe('');
        }
        await clone();
        expect(told).toEqual([]);
      });

      it('is told nothing where the change is withdrawn', async () => {
        await bench.under.addUser(bench.user);
        await rights().give(bench.user.username, 'first');
        await clone();
        await rights().give(bench.clone.username, 'second');

        expect(await clone(no)).toBe('withdrawn');

        expect(told).toEqual([]);
      });
    }

    if (provisions) {
      it('is told what a provisioned user had and the catalog does not name', async () => {
        const provisioning = present(bench.under.provisioning, 'provisioning');
        await provisioning.addSchema('audit');
        const { database, address, admin } = bench.under;
        const provision = (grants: Grants) => {
          told.length = 0;
          const change = { ...bench.user, resetPassword: true, version: 'some-version', grants, onRevoked };
          return database.changeUser(address, admin, change, yes);
        };
        await provision({ public: 'read-write', audit: 'read-only' });
        expect(told).toEqual([]);

        await provision({ public: 'read-write' });

        expect(told).not.toEqual([]);
        for (const { username, object } of told) {
          expect(username).toBe(bench.user.username);
          expect(object).toContain('audit');
        }
      });
    }
  });
};
