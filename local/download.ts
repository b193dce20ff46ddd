/** Downloads a file over HTTP or HTTPS, and trusts what the system trusts: Node by itself has only the public authorities. */
import { existsSync, readFileSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { rootCertificates } from 'node:tls';

/** Of Debian, of Red Hat, of macOS and Alpine. */
const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** @throws Error with the reason if there is no answer within the time, or another status than 200. */
export const download = async (
  address: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Buffer> => {
  const signal = AbortSignal.timeout(timeoutMs);
  return await new Promise<Buffer>((resolve, reject) => {
    const options = { headers, signal, ...(address.startsWith('https:') && { ca: authorities() }) };
    const get = address.startsWith('https:') ? getHttps : getHttp;
    get(address, options, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`it answered ${response.statusCode ?? 'nothing'}`));
        return;
      }
      response.toArray().then((chunks) => {
        resolve(Buffer.concat(chunks as Buffer[]));
      }, reject);
    }).on('error', reject);
  });
};

let known: readonly string[] | undefined;

/** `NODE_EXTRA_CA_CERTS` does not count once `ca` is given, so it is read here too. */
const authorities = (): string[] => {
  const { SSL_CERT_FILE: named, NODE_EXTRA_CA_CERTS: extra } = process.env;
  known ??= [...new Set([named, extra, ...bundles])].flatMap((file) =>
    file !== undefined && file !== '' && existsSync(file) ? [readFileSync(file, 'utf8')] : [],
  );
  return [...rootCertificates, ...known];
};
