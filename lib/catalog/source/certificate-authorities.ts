/** The certificates of an authorities file: those that the functions accept, and no others. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { certificatesInPem } from '../../contract/index.ts';

/** @returns the certificates, or what the file must be: `must …` */
export const certificateAuthoritiesIn = (text: string): readonly X509Certificate[] | string => {
  const read = certificatesInPem(text);
  if ('line' in read) {
    return read.what.includes('private key')
      ? `must hold no private key (line ${read.line}): the file travels with the functions. Take the key out, and change it if it was ever committed`
      : `must hold certificates and nothing else; line ${read.line} ${read.what}. Write each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, as openssl x509 prints it`;
  }
  const certificates = read.map(({ pem, base64 }) => parsed(pem, base64));
  const broken = certificates.indexOf(undefined);
  return broken < 0
    ? certificates.filter((one) => one !== undefined)
    : `must hold certificates and nothing else; block ${broken + 1} of ${certificates.length} is not a certificate. Take it out, or write it again with openssl x509`;
};

/** @throws if the file can't be read, or contains anything but certificates */
export const readCertificateAuthorities = (file: string): readonly X509Certificate[] => {
  const certificates = certificateAuthoritiesIn(readFileSync(file, 'utf8'));
  if (typeof certificates === 'string') throw new Error(`${file} ${certificates}`);
  return certificates;
};

/** Nothing if the block is not one certificate. */
const parsed = (pem: string, base64: string): X509Certificate | undefined => {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.raw.toString('base64') === base64 ? certificate : undefined;
  } catch (error) {
    // The parser throws an Error of OpenSSL for anything that is not a certificate.
    if (error instanceof Error) return undefined;
    throw error;
  }
};
