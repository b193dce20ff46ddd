/** Says what is wrong with a key of a value. A value can be a password under the wrong key, so no text of it is shown. */
import { isHostName, isPort, isProxy } from './host-names.ts';

/** `text of 12 characters`, `a number`, `a list`. */
export const kindOf = (value: unknown): string => {
  if (typeof value === 'string') return value === '' ? 'empty text' : `text of ${value.length} characters`;
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
};

/** What to correct in a host; `undefined` if there is none, or nothing more can be said. */
export const hostFault = (host: unknown): string | undefined => {
  if (typeof host !== 'string' || host === '') return undefined;
  const shown = `host (${kindOf(host)})`;
  if (host !== host.trim()) return `has whitespace around its ${shown}: remove it`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(host)) {
    return `has a URL as its ${shown}: write the host name alone, without scheme, user and port`;
  }
  if (/^([^:/]+|\[.*\]):\d*$/.test(host)) {
    return `has a port in its ${shown}: write the name alone, and the port in the key port`;
  }
  if (/^\[.*\]$/.test(host)) return `has brackets around its ${shown}: write the address alone`;
  if (isHostName(host) && host.endsWith('.') && !isProxy(host))
    return `has a dot at the end of its ${shown}: leave the dot out`;
  return undefined;
};

export const portFault = (port: unknown, standard: number): string | undefined => {
  if (port === '') return `has an empty port: leave the key out for ${standard}, or write a number`;
  if (portNumber(port) !== undefined) return undefined;
  return `has port as ${kindOf(port)}; expected a number from 1 to 65535`;
};

/** AWS's own functions take digits as text, too. */
export const portNumber = (port: unknown): number | undefined => {
  const number = typeof port === 'string' && /^\d{1,5}$/.test(port) ? Number(port) : port;
  return isPort(number) ? number : undefined;
};
