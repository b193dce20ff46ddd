/** `rollForward`: brings the pending version to its end, with the value that it has. */
import type { RollReport } from '../../../lib/contract/index.ts';
import { openSecret, type OnFacts } from '../steps/open-rotation.ts';
import type { RotationPorts } from '../core/ports.ts';
import type { Rotation } from '../core/rotation.ts';
import { runStep } from './rotate.ts';
import { stageOf } from '../core/stages.ts';
import { testSecret } from '../steps/test-secret.ts';

/**
 * All four steps, each of which continues from what it finds; a version without a value gets one. Also where rotation was
 * turned off meanwhile: an operator wants it.
 *
 * @throws RotationError as the steps do.
 */
export const rollForward = async (
  secretId: string,
  token: string,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts,
): Promise<RollReport> => {
  const open = async (): Promise<Rotation> => ({
    ...(await openSecret(secretId, ports, environment, onFacts)),
    token,
  });
  const rotation = await open();
  const { name, stages } = rotation.secret;
  if (stageOf(stages, rotation.secret, token) === 'current') return { secret: name, outcome: 'already-current' };
  await runStep('createSecret', rotation);
  await runStep('setSecret', await open());
  await testSecret(undefined, open);
  const outcome = await runStep('finishSecret', await open());
  return { secret: name, outcome: outcome === 'already-current' ? 'already-current' : 'promoted' };
};
