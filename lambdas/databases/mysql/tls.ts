/** The driver's TLS: trust and the name to check, through the few options that it has for them. */
import { Socket } from 'node:net';
import type { SslOptions } from 'mysql2';
import type { DatabaseAddress } from '../port.ts';
import type { DatabaseTrust } from '../database-trust.ts';

/** The driver parses authorities once for each object of options, so it must be the same one each time. */
const optionsOf = new WeakMap<readonly string[], SslOptions>();

/** @throws EngineError `value-incomplete` if the address brings authorities that are none. */
export const sslOptions = ({ tls }: DatabaseAddress, trust: DatabaseTrust): SslOptions | undefined => {
  if (tls.mode === 'off') return undefined;
  const authorities = trust.authorities(tls);
  const known = optionsOf.get(authorities);
  if (known) return known;
  const options: SslOptions = {
    ca: [...authorities],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    verifyIdentity: true,
  };
  optionsOf.set(authorities, options);
  return options;
};

/** The name that the certificate must have: behind an alias it has another one than that of the host. */
export const certifiedName = ({ host, tls }: DatabaseAddress): string =>
  (tls.mode === 'off' ? undefined : tls.servername) ?? host;

/**
 * Connects to the address, whatever name the driver has. For an IP address the driver gives Node no name
 * to check, and Node takes the one that it keeps on the socket, or else `localhost`: a certificate for `localhost` would
 * do for every address. So the socket has the name.
 */
export const openSocket = (address: DatabaseAddress): Socket => {
  const socket = new NamedSocket(certifiedName(address));
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket.connect({ host: address.host, port: address.port });
};

class NamedSocket extends Socket {
  /** Node sets it too, to the host that it looks up. */
  _host: string;

  constructor(name: string) {
    super();
    this._host = name;
  }
}
