/** Sends bytes over a TLS connection of their own, and ends it in order: the one sign that the server has read them. */
import { isIP } from 'node:net';
import { connect, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { DestinationError } from '../destination.ts';
import { openWire } from './wire.ts';

export interface TlsStreamOptions {
  readonly host: string;
  readonly port: number;
  /** PEM certificates that are trusted in addition to the public ones. */
  readonly authorities: readonly string[];
}

/** PEM of a certificate and its private key. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface TlsStream {
  /**
   * Resolves once the server has answered the end of the stream with its own.
   *
   * @throws DestinationError `timeout`, `unreachable`, `unauthorised` or `secret-invalid`.
   */
  send(bytes: Uint8Array, client: ClientCertificate | undefined, signal: AbortSignal): Promise<void>;
}

/** The session is resumed from one connection to the next, so that only the first one has the full handshake. */
export const createTlsStream = (options: TlsStreamOptions): TlsStream => {
  const contexts = contextOf(options);
  const where = `${options.host}:${options.port}`;
  let session: { readonly context: SecureContext; readonly ticket: Buffer } | undefined;
  return {
    send: async (bytes, client, signal) => {
      const isTimeUp = () => signal.aborted;
      if (isTimeUp()) throw new DestinationError('timeout', `no time was left to connect to ${where}`);
      const secureContext = contexts(client);
      const wire = openWire(options, signal);
      const socket = connect({
        socket: wire.stream,
        host: options.host,
        // The name of an address can't be sent; its certificate is checked all the same.
        servername: isIP(options.host) === 0 ? options.host : '',
        secureContext,
        // A ticket stands for the client certificate of its connection.
        ...(session?.context === secureContext && { session: session.ticket }),
      });
      let ticket: Buffer | undefined;
      const end = () => {
        wire.expectEnd();
        // Sends close-notify.
        socket.end();
      };
      socket.on('session', (next: Buffer) => {
        ticket = next;
      });
      socket.once('error', (error: Error) => {
        wire.fail(error);
      });
      // A server of syslog sends nothing; its end comes only to those who read.
      socket.resume();
      socket.once('secureConnect', () => {
        socket.write(bytes, () => {
          // With a resumed session the server has accepted this client before.
          if (socket.isSessionReused()) end();
          else setTimeout(end, 2 * wire.connectMs() + settleMs);
        });
      });
      try {
        await wire.ended;
      } catch (error) {
        if (isTimeUp()) throw new DestinationError('timeout', `${where} did not read everything in time`);
        throw connectionError(error as Error, where);
      }
      session = ticket && { context: secureContext, ticket };
    },
  };
};

/**
 * With TLS 1.3 the client is done before the server has checked its certificate, and some servers refuse it without an
 * alert. In this time their end arrives, and is not taken for the answer to ours.
 */
const settleMs = 100;

const contextOf = ({ authorities }: TlsStreamOptions) => {
  const ca = authorities.length > 0 ? [...rootCertificates, ...authorities] : undefined;
  let last: { readonly client: ClientCertificate | undefined; readonly context: SecureContext } | undefined;
  return (client: ClientCertificate | undefined): SecureContext => {
    if (last?.client?.certificate === client?.certificate && last?.client?.key === client?.key && last) {
      return last.context;
    }
    const context = secureContext(client, ca);
    last = { client, context };
    return context;
  };
};

const secureContext = (client: ClientCertificate | undefined, ca: string[] | undefined): SecureContext => {
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca && { ca }),
      ...(client && { cert: client.certificate, key: client.key }),
    });
  } catch (error) {
    // The error can quote what it could not read.
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new DestinationError(
      'secret-invalid',
      `certificate and key in the destination's secret are not a pair in PEM (${code})`,
    );
  }
};

const connectionError = (failure: NodeJS.ErrnoException, where: string): DestinationError => {
  const { code, message } = failure;
  return code !== undefined && certificateRefused.test(code)
    ? new DestinationError('unauthorised', `${where} refuses the client certificate: ${code}`, { cause: failure })
    : new DestinationError('unreachable', `the connection to ${where} failed: ${code ?? message}`, { cause: failure });
};

/** Alerts of the server about a certificate: https://www.rfc-editor.org/rfc/rfc8446#section-6.2 */
const certificateRefused =
  /ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR|NO_CERTIFICATE)/;
