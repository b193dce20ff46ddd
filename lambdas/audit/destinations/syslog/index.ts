/** Sends events as syslog over TLS. Syslog has no answers: an event that was read by the server is `unconfirmed`. */
import { Buffer } from 'node:buffer';
import type { SyslogSettings } from '../../../../lib/contract/index.ts';
import { withCredential } from '../credential.ts';
import type { Destination, DestinationParts, OutgoingEvent, Outcome } from '../destination.ts';
import { frame } from './message.ts';
import { createTlsStream, type ClientCertificate } from './tls-stream.ts';

export const createSyslog = (settings: SyslogSettings, parts: DestinationParts): Destination => {
  const { host, port, facility } = settings;
  const stream = createTlsStream({ host, port, authorities: parts.authorities });
  const send = async (
    events: readonly OutgoingEvent[],
    client: ClientCertificate | undefined,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> => {
    if (events.length === 0) return [];
    const bytes = Buffer.concat(events.map((event) => frame(event, { facility, environment: parts.environment })));
    await stream.send(bytes, client, signal);
    return events.map(() => ({ status: 'unconfirmed' }));
  };
  return {
    // Receivers cut longer messages: rsyslog at `maxMessageSize`.
    limits: { batchEvents: 100, batchBytes: 1_000_000, eventBytes: 60_000 },
    send: (events, signal) =>
      settings.clientCertificate
        ? withCredential(parts.secret, signal, ({ certificate = '', key = '' }) =>
            send(events, { certificate, key }, signal),
          )
        : send(events, undefined, signal),
  };
};
