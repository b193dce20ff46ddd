/** A burst of refused reads, and the finding that the deployed detections make of it. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DetectionFinding } from '../../lambdas/audit/normalise/detection-finding.ts';
import { consumerRoleName } from '../../lib/contract/index.ts';
import type { Scene } from './scene.ts';
import { subject } from './subject.ts';

/** As many as the rule `denied-burst` asks for. */
const refusals = 10;

const { environment, stranger } = subject;

/** @throws if a read is not refused, or the finding does not arrive at the SIEM. */
export const showDetection = async (scene: Scene): Promise<string> => {
  const client = await scene.consumer(stranger.application, stranger.consumer);
  await Promise.all(Array.from({ length: refusals }, () => expectRefused(client, scene.secret)));
  const { event } = await scene.platform.siem
    .waitFor(({ event }) => isOfBurst(event as Partial<DetectionFinding>), 300_000)
    .catch((cause: unknown) => {
      throw new Error('The finding of the refused reads did not arrive at the SIEM', { cause });
    });
  const { severity, finding_info: info, remediation } = event as DetectionFinding;
  return [`${severity}: ${info.title}`, info.desc, remediation?.references?.[0] ?? ''].join('\n');
};

const isOfBurst = ({ class_uid: classUid, finding_info: info }: Partial<DetectionFinding>): boolean =>
  classUid === 2004 &&
  info?.analytic.uid === 'denied-burst' &&
  info.desc.includes(consumerRoleName(environment, stranger.application, stranger.consumer));

const expectRefused = async (client: SecretsManagerClient, secretId: string): Promise<void> => {
  try {
    await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  } catch (error) {
    if ((error as Error).name === 'AccessDeniedException') return;
    throw error;
  }
  throw new Error(`${secretId} was not refused to ${stranger.consumer} of ${stranger.application}`);
};
