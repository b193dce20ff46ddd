import { expect, it } from 'vitest';
import { createNormaliseHandler } from '../../../../lambdas/audit/fan-out/create-normalise-handler.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { apiCall, eventBridge, sqsBatch } from '../../../_fixtures/cloudtrail.ts';
import { keptLog } from '../../../_helpers/middleware-scene.ts';
import { SqsModel } from '../../../_helpers/sqs-model.ts';

it('the function logs how often each unknown event name came', async () => {
  const { log, lines } = keptLog();
  const queues = new SqsModel({ now: () => 0, random: () => 0.5, duplicates: 0 });
  const queueUrl = queues.create('strongroom-dev-audit');
  const handler = createNormaliseHandler({
    environment: 'dev',
    region: 'eu-west-1',
    log,
    redactor: new Redactor(),
    queues,
    queueUrl,
    quarantineUrl: queues.create('strongroom-dev-audit-quarantine'),
    destinations: [{ name: 'siem', queueUrl: queues.create('strongroom-dev-audit-siem'), raw: false }],
  });
  const names = ['ShareSecretByCourier', 'GetSecretValue', 'ShareSecretByCourier'];
  const answer = await handler(sqsBatch(...names.map((name) => eventBridge(apiCall(name)))), {
    getRemainingTimeInMillis: () => 60_000,
  });
  expect(answer).toEqual({ batchItemFailures: [] });
  expect(lines).toContainEqual(
    expect.objectContaining({ names: { 'secretsmanager.amazonaws.com ShareSecretByCourier': 2 } }),
  );
});
