/** Elasticsearch and OpenSearch. */
import { z } from 'zod';

import type { ElasticSettings } from '../../../contract/index.ts';
import { oneOf, text } from '../../words/expectation.ts';
import { hostAddress } from './address.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

/** https://www.elastic.co/docs/reference/elasticsearch/index-settings and the names of data streams. */
const index = text(/^[a-z0-9][a-z0-9_.-]{0,99}$/, {
  must: 'be the name of a data stream or an index: lower-case letters, digits and _ . -, a letter or digit first',
  write: 'a name such as logs-strongroom-audit',
}).describe('Data stream or index that audit events are sent to.');

const keys = {
  url: hostAddress('https://search.example.com:9200').describe('Address of the cluster. The path is added.'),
  index,
  login: oneOf(['api-key', 'password'])
    .optional()
    .describe('What the secret holds: `api-key`, the default of Elasticsearch, or `password`, that of OpenSearch.'),
  ...commonKeys,
};

export const elasticsearch = z.strictObject({ type: typeOf('elasticsearch'), ...keys });
export const opensearch = z.strictObject({ type: typeOf('opensearch'), ...keys });

export const resolveElastic = (
  { type, url, index, login }: z.infer<typeof elasticsearch> | z.infer<typeof opensearch>,
  common: Common,
): ElasticSettings => ({
  ...common,
  type,
  url,
  index,
  login: login ?? (type === 'elasticsearch' ? 'api-key' : 'password'),
});
