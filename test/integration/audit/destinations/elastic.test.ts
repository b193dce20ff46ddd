import {
  destinationContract,
  type DestinationFacts,
  type StartDestination,
} from '../../../_helpers/destination-contract.ts';
import { createElastic } from '../../../../lambdas/audit/destinations/elastic/index.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { startOpensearch } from '../../../../local/siem/opensearch/start-opensearch.ts';
import type { ElasticSettings } from '../../../../lib/contract/index.ts';

const facts: DestinationFacts = {
  protocol: 'https',
  confirms: true,
  refusesDocuments: true,
  refusesCredentials: true,
  canBeBusy: true,
};

const index = 'audit';

/** A real OpenSearch, which both destinations speak to: the request is the same. */
const start =
  (type: ElasticSettings['type'], login: ElasticSettings['login']): StartDestination =>
  async (certificates) => {
    const opensearch = await startOpensearch({ certificates });
    await opensearch.call('PUT', `/${index}`, {
      mappings: { dynamic: false, properties: { '@timestamp': { type: 'date' }, class_uid: { type: 'long' } } },
    });
    const { username, password, apiKey } = opensearch;
    return {
      address: { host: '127.0.0.1', port: opensearch.port },
      create: (parts, { host, port }) =>
        createElastic(
          { type, name: 'siem', url: `https://${host}:${port}`, index, login, view: 'ocsf', raw: false },
          parts,
        ),
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      secret: login === 'api-key' ? { apiKey } : { username, password },
      refusedSecret:
        login === 'api-key' ? { apiKey: 'cmVmdXNlZDpyZWZ1c2Vk' } : { username, password: 'refused-password' },
      receivedIds: async () => (await opensearch.documents(index)).map(({ id }) => id),
      refusedDocument: (event) => ({ ...event, class_uid: 'not a number' }),
      // What it does by itself when its disk is nearly full.
      makeBusy: async () => {
        const block = (value: boolean | null) =>
          opensearch.call('PUT', `/${index}/_settings`, { 'index.blocks.read_only_allow_delete': value });
        await block(true);
        return async () => {
          await block(null);
        };
      },
      stop: () => opensearch.stop(),
    };
  };

destinationContract('OpenSearch', facts, start('opensearch', 'password'));
destinationContract('Elasticsearch', facts, start('elasticsearch', 'api-key'));
