/**
 * UpdateSecretVersionStage: a label moves only from where the caller knows it to be.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
import { ServiceError } from '../../service-call.ts';
import type { AwsRequest } from '../../request.ts';
import { invalidParameter, optionalText, requiredText } from './secret-input.ts';
import {
  holderOf,
  moveLabel,
  secretScope,
  withSecret,
  type LockedSecret,
  type Output,
  type SecretsContext,
} from './secrets-context.ts';

interface LabelMove {
  readonly label: string;
  readonly to: string | undefined;
  readonly from: string | undefined;
}

export const updateSecretVersionStage = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const move: LabelMove = {
    label: requiredText(request.input, 'VersionStage'),
    to: optionalText(request.input, 'MoveToVersionId'),
    from: optionalText(request.input, 'RemoveFromVersionId'),
  };
  return withSecret(context, secretScope(request), requiredText(request.input, 'SecretId'), async (secret) => {
    const output = { ARN: secret.ref.arn, Name: secret.ref.name };
    const holder = holderOf(secret.versions, move.label);
    assertMove(secret, move, holder);
    if (move.to !== undefined && move.to === holder) return output;
    if (move.to === undefined) await context.emulated.moveLabel(secret.ref, move.label, { from: move.from });
    else await moveLabel(context, secret.ref, move.label, { from: move.from, to: move.to });
    return output;
  });
};

const assertMove = (secret: LockedSecret, { label, to, from }: LabelMove, holder: string | undefined): void => {
  if (to === undefined && from === undefined) {
    throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId or both.');
  }
  for (const versionId of [to, from]) {
    if (versionId !== undefined && !secret.versions.has(versionId)) throw versionNotFound(versionId);
  }
  if (to !== undefined && label === 'AWSCURRENT' && secret.record.withoutValue.has(to)) throw versionNotFound(to);
  if (to === undefined && label === 'AWSCURRENT') {
    throw invalidParameter(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  }
  if (from === undefined && holder !== undefined && holder !== to) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ` +
        `${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (from !== undefined && from !== holder) {
    throw invalidParameter(
      `When you move staging label ${label}, if you specify RemoveFromVersionId, it must be set to the version that ` +
        `currently has the staging label ${label}.`,
    );
  }
};

const versionNotFound = (versionId: string): ServiceError =>
  new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`,
  );
