import { describe } from 'vitest';
import { createMemoryState } from '../../../../lambdas/audit/detect/state/memory-state.ts';
import { alertLimitsContract } from '../../../_helpers/alert-limits-contract.ts';

describe('alerts, with the state in memory', () => {
  alertLimitsContract(() => Promise.resolve(createMemoryState()));
});
