/** Datadog. */
import { z } from 'zod';

import type { DatadogSettings } from '../../../contract/index.ts';
import { oneOf, text } from '../../words/expectation.ts';
import { list } from '../../words/scalars.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

/** https://docs.datadoghq.com/getting_started/site/ */
const sites = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'ddog-gov.com',
] as const;

export const datadog = z.strictObject({
  type: typeOf('datadog'),
  site: oneOf(sites).describe('Site of the organisation at Datadog.'),
  service: text(/^[a-z][a-z0-9_.-]{0,99}$/, {
    must: 'be a service of Datadog: lower-case letters, digits and _ . -, a letter first',
    write: 'a name such as strongroom, or leave it out',
  })
    .optional()
    .describe('Service of the events. Default: strongroom.'),
  // https://docs.datadoghq.com/getting_started/tagging/#define-tags
  tags: list(
    text(/^[a-z][a-z0-9_./-]{0,99}:[a-z0-9_.:/-]{1,100}$/, {
      must: 'be a tag of Datadog, KEY:VALUE in lower case',
      write: 'a tag such as team:platform',
    }),
    0,
  )
    .optional()
    .describe('Tags of the events, each `KEY:VALUE`. Default: none.'),
  ...commonKeys,
});

export const resolveDatadog = (
  { type, site, service = 'strongroom', tags = [] }: z.infer<typeof datadog>,
  common: Common,
): DatadogSettings => ({ ...common, type, site, service, tags });
