/** Microsoft Sentinel, by the Logs Ingestion API of Azure Monitor. */
import { z } from 'zod';

import type { SentinelSettings } from '../../../contract/index.ts';
import { oneOf, text } from '../../words/expectation.ts';
import { hostAddress } from './address.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

const uuid = (what: string): z.ZodString =>
  text(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, {
    must: `be the id of ${what}, in lower case`,
    write: 'an id such as 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
  });

/** https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
const authorities = [
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.partner.microsoftonline.cn',
] as const;

export const sentinel = z.strictObject({
  type: typeOf('sentinel'),
  url: hostAddress('https://audit-a1b2.westeurope-1.ingest.monitor.azure.com').describe(
    'Address of the data collection endpoint, or of the data collection rule.',
  ),
  rule: text(/^dcr-[0-9a-f]{32}$/, {
    must: 'be the immutable id of a data collection rule',
    write: 'dcr- and the 32 digits that the rule shows as immutableId',
  }).describe('Immutable id of the data collection rule.'),
  stream: text(/^Custom-[A-Za-z][A-Za-z0-9_]{0,89}$/, {
    must: 'be a stream of the data collection rule',
    write: 'a name such as Custom-StrongroomAudit',
  }).describe('Stream of the rule that takes the events.'),
  tenant: uuid('a tenant of Microsoft Entra').describe('Id of the tenant.'),
  client: uuid('a registered application').describe('Id of the application that is registered in the tenant.'),
  authority: oneOf(authorities)
    .optional()
    .describe('Issuer of the tokens of a national cloud. Default: https://login.microsoftonline.com.'),
  ...commonKeys,
});

export const resolveSentinel = (
  { type, url, rule, stream, tenant, client, authority = authorities[0] }: z.infer<typeof sentinel>,
  common: Common,
): SentinelSettings => ({ ...common, type, url, rule, stream, tenant, client, authority });
