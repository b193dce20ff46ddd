/**
 * Certificates in PEM, read so strictly that no other reader can find more of them.
 *
 * OpenSSL reads `TRUSTED CERTIFICATE` and `X509 CERTIFICATE` too, and skips text around blocks. What only one of two readers
 * sees is trusted without review, so only the strict form of https://www.rfc-editor.org/rfc/rfc7468#section-3 is accepted.
 */
export interface PemCertificate {
  /** Lines of 64 characters, with `\n` at the end of each. */
  readonly pem: string;
  /** The content of the block. Parse it, and compare what was parsed: a block can hold more than its certificate. */
  readonly base64: string;
}

/** Names the line and never its content: the text may be a secret. */
export interface PemFault {
  /** From 1. */
  readonly line: number;
  /** What is wrong with the line: `is …`. */
  readonly what: string;
}

/** One or more certificates, in the order of the text, or the first thing that is something else. */
export const certificatesInPem = (text: string): readonly PemCertificate[] | PemFault => {
  const found: PemCertificate[] = [];
  let block: string[] | undefined;
  const lines = text.split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    const fault = (what: string): PemFault => ({ line: index + 1, what });
    if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(content)) return fault('begins a private key');
    if (block === undefined) {
      if (content === begin) block = [];
      else if (content !== '') return fault(outsideOfBlock(content));
    } else if (content === end) {
      const base64 = block.join('');
      if (!isCanonical(base64)) return fault('ends a block that is not valid base64');
      found.push({ pem: pemOf(base64), base64 });
      block = undefined;
    } else if (/^[A-Za-z0-9+/]{1,76}={0,2}$/.test(content)) block.push(content);
    else return fault(`is not base64, in a block that begins with ${begin}`);
  }
  if (block !== undefined) return { line: lines.length, what: `is the last one, and ${end} is missing` };
  return found.length > 0 ? found : { line: 1, what: 'is not a certificate: the text is empty' };
};

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

const outsideOfBlock = (content: string): string => {
  if (content.includes(begin)) return `has other characters next to ${begin}`;
  return content.includes('-----BEGIN ')
    ? `begins a block with another label than ${begin}`
    : 'is text outside of a certificate';
};

/** Whether decoding loses nothing: no padding inside, no bits left over. */
const isCanonical = (base64: string): boolean => {
  try {
    return base64 !== '' && btoa(atob(base64)) === base64;
  } catch {
    // atob has no other failure than base64 that is not valid.
    return false;
  }
};

const pemOf = (base64: string): string => [begin, ...(base64.match(/.{1,64}/g) ?? []), end, ''].join('\n');
