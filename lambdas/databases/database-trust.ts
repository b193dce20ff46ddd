/** Which authorities the functions trust for databases: Amazon's for RDS, the function's own, and those of a secret. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { certificatesInPem, type PemCertificate } from '../../lib/contract/index.ts';
import type { TlsMode } from './port.ts';
import { EngineError } from './errors.ts';

type VerifyFull = Extract<TlsMode, { mode: 'verify-full' }>;

/** Both are the same object each time, as long as `ca` is the same: drivers keep what they made of it. */
export interface DatabaseTrust {
  /**
   * For drivers that take the context of `node:tls`.
   *
   * @throws EngineError `value-incomplete` if `ca` is not a certificate.
   */
  secureContext(tls: Pick<VerifyFull, 'ca'>): SecureContext;
  /** For drivers that take PEM. @throws EngineError `value-incomplete` if `ca` is not a certificate. */
  authorities(tls: Pick<VerifyFull, 'ca'>): readonly string[];
}

/**
 * Contexts are made once: parsing the authorities of all regions again for each connection would cost more than the
 * login. Of the authorities that secrets bring, the last are kept: one invocation works on one secret.
 *
 * @param authorities - those that vouch for the engine's servers.
 * @param extraAuthorities - PEM, one or more certificates. @default none
 */
export const databaseTrust = async (
  authorities: () => Authorities | Promise<Authorities>,
  extraAuthorities?: string,
): Promise<DatabaseTrust> =>
  trustIn([...(await authorities()), ...(extraAuthorities === undefined ? [] : [extraAuthorities])]);

/** PEM of certificates. */
export type Authorities = readonly string[];

/**
 * Amazon Trust Services' roots, which vouch for ElastiCache and MemoryDB: of the public ones that Node has, no other can.
 * https://www.amazontrust.com/repository/
 */
export const amazonAuthorities = (): Authorities =>
  rootCertificates.filter((pem) => {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64').toString('latin1');
    return der.includes('Amazon Root CA ') || der.includes('Starfield Services Root Certificate Authority - G2');
  });

/** Trust in exactly these authorities, and in those that a secret brings. */
export const trustIn = (own: readonly string[]): DatabaseTrust => {
  let alone: Trusted | undefined;
  let last: (Trusted & { readonly ca: string }) | undefined;
  const trusted = ({ ca }: Pick<VerifyFull, 'ca'>): Trusted => {
    if (ca === undefined) return (alone ??= trust(own));
    if (last?.ca !== ca) last = { ca, ...trust([...own, ...certificatesIn(ca)]) };
    return last;
  };
  return {
    secureContext: (tls) => trusted(tls).context(),
    authorities: (tls) => trusted(tls).authorities,
  };
};

interface Trusted {
  readonly authorities: readonly string[];
  readonly context: () => SecureContext;
}

/** Drivers that take PEM make a context of their own: this one is made when it is asked for. */
const trust = (authorities: readonly string[]): Trusted => {
  let context: SecureContext | undefined;
  return {
    authorities,
    context: () => (context ??= createSecureContext({ ca: [...authorities], minVersion: 'TLSv1.2' })),
  };
};

/** Node ignores a text that is not a certificate, and every login would fail later with a misleading reason. */
const certificatesIn = (pem: string): readonly string[] => {
  const read = certificatesInPem(pem);
  const broken = 'line' in read ? -1 : read.findIndex((one) => !isCertificate(one));
  if ('line' in read || broken >= 0) {
    const what = 'line' in read ? `line ${read.line} ${read.what}` : `certificate ${broken + 1} can not be parsed`;
    throw new EngineError(
      'value-incomplete',
      `The key "ca" of the secret's value must hold certificates and nothing else: ${what}; write one or more, each from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----", or leave the key out`,
      { retryable: false },
    );
  }
  return read.map((one) => one.pem);
};

const isCertificate = ({ pem, base64 }: PemCertificate): boolean => {
  try {
    return new X509Certificate(pem).raw.toString('base64') === base64;
  } catch (error) {
    // The parser throws an Error of OpenSSL for a text that is not a certificate.
    if (error instanceof Error) return false;
    throw error;
  }
};
