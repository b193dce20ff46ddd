import { createHttpsRequest } from '../../../lambdas/audit/destinations/https-request.ts';
import { createSplunkHec } from '../../../lambdas/audit/destinations/splunk-hec/index.ts';
import { startSiem, type SiemOptions } from '../../../local/siem/start-siem.ts';
import type { LocalCertificates } from '../../../local/tls.ts';
import { destinationContract } from '../../_helpers/destination-contract.ts';

const facts = {
  protocol: 'https',
  confirms: true,
  refusesDocuments: true,
  refusesCredentials: true,
  canBeBusy: true,
} as const;

const start = (options: Partial<SiemOptions>) => async (certificates: LocalCertificates) => {
  const siem = await startSiem({ certificates, indexes: ['security'], ...options });
  const { hostname: host, port } = new URL(siem.url);
  return {
    address: { host, port: Number(port) },
    create: (parts: Parameters<typeof createSplunkHec>[1], address: { host: string; port: number }) =>
      createSplunkHec(
        {
          name: 'siem',
          type: 'splunk-hec',
          url: `https://${address.host}:${address.port}`,
          index: 'security',
          sourceType: 'ocsf:api_activity',
          view: 'ocsf',
          raw: false,
        },
        parts,
        { acknowledgementPollMs: 5 },
      ),
    createRequest: (authorities: readonly string[]) => createHttpsRequest({ authorities }),
    secret: { token: siem.token },
    refusedSecret: { token: 'canary-token-that-is-refused' },
    receivedIds: () => Promise.resolve(siem.events().flatMap(({ eventId }) => eventId ?? [])),
    refusedDocument: () => ({}),
    makeBusy: async () => {
      await siem.setBehaviour('503');
      return () => siem.setBehaviour('ok');
    },
    stop: () => siem.stop(),
  };
};

destinationContract('Splunk', facts, start({}));
destinationContract('Splunk with indexer acknowledgement', facts, start({ acknowledgement: true }));
