import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { createSyslog } from '../../../../lambdas/audit/destinations/syslog/index.ts';
import { startRsyslog } from '../../../../local/siem/rsyslog/start-rsyslog.ts';
import { syslogSettings } from '../../../_fixtures/syslog-settings.ts';
import { destinationContract } from '../../../_helpers/destination-contract.ts';

destinationContract(
  'syslog with rsyslog',
  { protocol: 'tls', confirms: false, refusesDocuments: false, refusesCredentials: false, canBeBusy: false },
  async (certificates) => {
    const server = await startRsyslog({ certificates });
    return {
      address: server,
      create: (parts, { host, port }) => createSyslog({ ...syslogSettings, host, port }, parts),
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      receivedIds: async () =>
        (await server.messages()).map(({ structuredData }) => /eventId="([^"]*)"/.exec(structuredData)?.[1] ?? ''),
      stop: () => server.stop(),
    };
  },
);
