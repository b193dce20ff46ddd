/** A certificate authority for one run of the local platform, and a server certificate for the loopback names. */
import { createCA, createCert } from 'mkcert';

export interface LocalCertificates {
  /** PEM of the authority; what must trust the servers gets it as `STRONGROOM_CERTIFICATE_AUTHORITIES`. */
  readonly ca: string;
  /** PEM of the server certificate for `localhost` and `127.0.0.1`. */
  readonly cert: string;
  /** PEM of its private key. */
  readonly key: string;
}

/** @param names - host names of the server certificate, in addition to those of the loopback. */
export const createLocalCertificates = async (names: readonly string[] = []): Promise<LocalCertificates> => {
  const ca = await createCA({
    organization: 'Strongroom local',
    countryCode: 'AQ',
    state: 'loopback',
    locality: 'loopback',
    validity: 30,
  });
  const { cert, key } = await createCert({ ca, domains: ['localhost', '127.0.0.1', ...names], validity: 30 });
  return { ca: ca.cert, cert, key };
};
