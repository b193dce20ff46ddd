import { expect, it } from 'vitest';
import { deadline } from '../../../../lambdas/runtime/middleware/deadline.ts';
import type { WithDeadline } from '../../../../lambdas/runtime/middleware/invocation.ts';
import { invokeThrough } from '../../../_helpers/middleware-scene.ts';

it.each([
  [1_500, 28_500],
  [40_000, 0],
])('with %i ms kept back, leaves %i of 30,000', async (reserveMs, left) => {
  const remaining = await invokeThrough([deadline({ reserveMs })], (_event, context: WithDeadline) =>
    context.deadline.remainingMs(),
  );
  expect(remaining).toBe(left);
});
