import { describe } from 'vitest';
import { createMemoryState } from '../../../../lambdas/audit/detect/state/memory-state.ts';
import { detectionStateContract } from '../../../_helpers/detection-state-contract.ts';

describe('the state of detections in memory', () => {
  detectionStateContract(() => Promise.resolve(createMemoryState()));
});
