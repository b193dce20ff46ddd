/** Splunk HTTP Event Collector. */
import { z } from 'zod';

import type { SplunkHecSettings } from '../../../contract/index.ts';
import { text } from '../../words/expectation.ts';
import { hostAddress } from './address.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

export const splunkHec = z.strictObject({
  type: typeOf('splunk-hec'),
  url: hostAddress('https://splunk.example.com:8088').describe(
    'Address of the collector. The secret of the destination holds the token, and no address.',
  ),
  index: text(/^[a-z0-9][a-z0-9_-]{0,79}$/, {
    must: 'be a Splunk index: lower-case letters, digits, _ and -, a letter or digit first',
    write: 'a name such as aws_secrets',
  }).describe('Index that audit events are sent to.'),
  sourceType: text(/^[A-Za-z0-9][A-Za-z0-9_:.-]{0,79}$/, {
    must: 'be a Splunk source type: letters, digits and _ : . -, a letter or digit first',
    write: 'a name such as ocsf:api_activity, or leave it out',
  })
    .optional()
    .describe('Source type of the events. Default: ocsf:api_activity.'),
  ...commonKeys,
});

export const resolveSplunkHec = (
  { type, url, index, sourceType = 'ocsf:api_activity' }: z.infer<typeof splunkHec>,
  common: Common,
): SplunkHecSettings => ({ ...common, type, url, index, sourceType });
