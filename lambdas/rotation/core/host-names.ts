/** Which texts are hosts, ports and lists of them, and which hosts no rotation may use. */
import { isIPv6 } from 'node:net';
import type { Endpoint } from '../../databases/port.ts';
import { RotationError } from './rotation-error.ts';

/** Host names and addresses. Drivers take anything with a slash for a socket on this machine. */
const hostName = /^[A-Za-z0-9._-]+$/;

export const isHostName = (value: unknown): value is string =>
  typeof value === 'string' && (hostName.test(value) || isIPv6(value));

export const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;

/** `a b:5433`; `undefined` if the text is not such a list. */
export const parseEndpoints = (text: string): readonly (Pick<Endpoint, 'host'> & Partial<Endpoint>)[] | undefined => {
  const endpoints = [];
  for (const entry of text.split(' ').filter((part) => part !== '')) {
    const [host, port, ...rest] = entry.split(':');
    if (!isHostName(host) || rest.length > 0) return undefined;
    if (port !== undefined && !isPort(Number(port))) return undefined;
    endpoints.push({ host, ...(port !== undefined && { port: Number(port) }) });
  }
  return endpoints;
};

/** `<name>.proxy-<id>.<region>.rds.amazonaws.com`, with `.cn` in China; also with `endpoint` before `proxy`. */
const rdsProxy = /\.proxy-[^.]+\.[^.]+\.rds\.amazonaws\.com(\.cn)?\.?$/i;

export const isProxy = (host: string): boolean => rdsProxy.test(host);

/**
 * RDS Proxy logs in with passwords of its own, from secrets that it reads with a delay: what it accepts says nothing
 * about the database.
 *
 * @throws RotationError `proxy-endpoint`.
 */
export const refuseProxy = (host: string, what: string): void => {
  if (!isProxy(host)) return;
  throw new RotationError(
    'proxy-endpoint',
    `${what} names ${host}, an endpoint of RDS Proxy: name the instance or the cluster itself; applications can still use the proxy`,
    { retryable: false },
  );
};
