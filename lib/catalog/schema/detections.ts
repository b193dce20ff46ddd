/** The schema of `detections` of an environment: what people are expected to do, and which alerts are left out until when. */
import { z } from 'zod';

import { type DetectionName, detections as all } from '../../contract/index.ts';
import { expecting, oneOf, text } from '../words/expectation.ts';
import { date, label, list, sentence } from '../words/scalars.ts';

const names = Object.keys(all) as [DetectionName, ...DetectionName[]];

const suppression = z.strictObject({
  rule: oneOf(names).describe('The detection.'),
  principal: text(/^arn:aws(-[a-z]+)*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:[A-Za-z0-9_+=,.@/*-]{1,512}$/, {
    must: 'be the ARN of a role, with * for any run of characters in its name',
    write: 'an ARN such as arn:aws:iam::444455556666:role/load-test-*',
  })
    .optional()
    .describe('ARN of the role; `*` is any run of characters. Default: any principal.'),
  secret: text(/^[A-Za-z0-9/_+=.@*-]{1,512}$/, {
    must: 'be the name of a secret in AWS, with * for any run of characters',
    write: 'a name such as prod/payments/orders-db',
  })
    .optional()
    .describe('Name of the secret in AWS; `*` is any run of characters. Default: any secret.'),
  owner: label.describe('Team that answers for the suppression.'),
  reason: sentence.describe('Why the detection is expected.'),
  until: date.describe('Last day on which it holds (UTC), a year ahead at most. After it, the catalog is refused.'),
});

export const detections = z
  .strictObject({
    production: expecting(z.boolean(), { must: 'be true or false', write: 'true or false' })
      .optional()
      .describe(
        'Whether reads by people raise an alert. Default: true if the environment is `prod`, `production` or `live`.',
      ),
    suppress: list(suppression, 1).optional().describe('Detections that raise no alert until a day.'),
  })
  .describe('What the detections of the audit expect.');

export type DetectionsSource = z.infer<typeof detections>;
