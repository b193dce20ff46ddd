/** The authorities that AWS's rotation functions trust: all public ones, from a file that is read for each login over TLS. */
import { rootCertificates } from 'node:tls';

/**
 * The public authorities, as many as the file of a Lambda function has, and that of the server.
 *
 * @returns a new list each time: drivers then parse it again, as those of the peer do.
 */
export const systemStore = (serverCa: string): string[] => [...rootCertificates, serverCa];
