import { createSecureContext, rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';

import { certificateAuthoritiesIn } from '../../../lib/catalog/source/certificate-authorities.ts';

const [first = '', second = ''] = rootCertificates;
const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];
const labelled = (label: string): string => second.replaceAll(' CERTIFICATE', ` ${label}`);
const base64 = first.replaceAll(/-----[^-]+-----|\n/g, '');
const subjects = (text: string): string[] | string => {
  const found = certificateAuthoritiesIn(text);
  return typeof found === 'string' ? found : found.map(({ subject }) => subject);
};

describe('an authorities file', () => {
  it.each([
    ['one certificate', first, 1],
    ['two, with empty lines between them', `\n${first}\n\n${second}\n`, 2],
    ['lines that end with CR and LF', `${first}\n${second}\n`.replaceAll('\n', '\r\n'), 2],
    ['lines of 76 characters', `${begin}\n${base64.replaceAll(/.{1,76}/g, '$&\n')}${end}\n`, 1],
  ])('is read with %s', (_what, text, count) => {
    expect(subjects(text)).toHaveLength(count);
  });

  // OpenSSL reads a certificate out of most of these.
  it.each([
    ['the label TRUSTED CERTIFICATE', `${first}\n${labelled('TRUSTED CERTIFICATE')}`, 'another label'],
    ['the label X509 CERTIFICATE', `${first}\n${labelled('X509 CERTIFICATE')}`, 'another label'],
    ['the label of a request', `${first}\n${labelled('CERTIFICATE REQUEST')}`, 'another label'],
    ['the label of a list of revocations', `${first}\n${labelled('X509 CRL')}`, 'another label'],
    ['the label PKCS7', `${first}\n${labelled('PKCS7')}`, 'another label'],
    ['a label in lower case', `${first}\n${labelled('certificate')}`, 'another label'],
    ['a label with two spaces', `${first}\n${second.replace('BEGIN CERT', 'BEGIN  CERT')}`, 'another label'],
    ['text before it', `# internal\n${first}`, 'line 1 is text outside of a certificate'],
    ['text between two', `${first}\nissuer=x\n${second}`, 'is text outside of a certificate'],
    ['text after it', `${first}\nthe end`, 'is text outside of a certificate'],
    ['a space before the label', ` ${first}`, 'line 1 has other characters next to'],
    ['a space behind the label', first.replace(begin, `${begin} `), 'line 1 has other characters next to'],
    ['a byte order mark', `\uFEFF${first}`, 'line 1 has other characters next to'],
    ['a space before a line', first.replace('\n', '\n '), 'line 2 is not base64'],
    ['an empty line within', first.replace('\n', '\n\n'), 'line 2 is not base64'],
    ['a header within', first.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n'), 'line 2 is not base64'],
    ['a carriage return alone', first.replaceAll('\n', '\r'), 'line 1 has other characters next to'],
    ['characters of base64url', first.replaceAll('+', '-').replaceAll('/', '_'), 'is not base64'],
    ['padding within', first.replace(/\n(.{2}).{2}/, '\n$1=='), 'is not base64'],
    ['an end with another label', first.replace('END CERTIFICATE', 'END X509 CERTIFICATE'), 'is not base64'],
    ['no end', first.replace(end, ''), 'is not base64'],
    ['no last line', first.slice(0, first.indexOf(end) - 1), `${end} is missing`],
    ['another certificate behind the first in its block', first.replace(`\n${end}`, `\n${base64}\n${end}`), 'base64'],
    ['a private key', `${first}\n-----BEGIN RSA PRIVATE KEY-----\n`, 'must hold no private key'],
    ['nothing', '', 'the text is empty'],
  ])('is refused with %s', (_what, text, message) => {
    expect(subjects(text)).toEqual(expect.stringContaining(message));
  });

  it('is refused where a block holds more bytes than its certificate', () => {
    const longer = Buffer.concat([Buffer.from(base64, 'base64'), Buffer.from([0x30, 0x00])]).toString('base64');
    const text = `${begin}\n${longer.replaceAll(/.{1,64}/g, '$&\n')}${end}\n`;
    expect(subjects(text)).toMatch(/block 1 of 1 is not a certificate/);
  });

  it('is refused where base64 has bits left over', () => {
    const der = Buffer.from(base64, 'base64');
    const cut = der.subarray(0, der.length - (der.length % 3) - 2);
    const canonical = cut.toString('base64');
    const loose = canonical.replace(/.(==?)$/, (_all, padding: string) => `/${padding}`);
    expect(loose).not.toBe(canonical);
    expect(subjects(`${begin}\n${loose.replaceAll(/.{1,64}/g, '$&\n')}${end}\n`)).toMatch(/not valid base64/);
  });

  it('holds what OpenSSL would load as well: no text that is accepted is refused by the functions', () => {
    for (const text of [first, `${first}\r\n${second}`.replaceAll('\n', '\r\n').replaceAll('\r\r', '\r')]) {
      expect(subjects(text)).toEqual(expect.any(Array));
      expect(() => createSecureContext({ ca: text })).not.toThrow();
    }
  });
});
