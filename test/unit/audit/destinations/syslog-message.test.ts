import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingEvent } from '../../../../lambdas/audit/destinations/destination.ts';
import { frame, syslogMessage } from '../../../../lambdas/audit/destinations/syslog/message.ts';

const settings = { facility: 13, environment: 'dev' };
const eventOf = (more: Partial<OutgoingEvent> = {}): OutgoingEvent => {
  const document = more.document ?? { api: { operation: 'GetSecretValue' } };
  return { id: '6f1c', time: 0, severity: 1, document, json: JSON.stringify(document), ...more };
};

describe('the priority', () => {
  it.each([
    [1, 6],
    [2, 5],
    [3, 4],
    [4, 3],
    [5, 2],
    [6, 1],
    [99, 6],
  ])('of severity %i of OCSF is severity %i of syslog', (severity, expected) => {
    expect(syslogMessage(eventOf({ severity }), settings)).toMatch(new RegExp(`^<${13 * 8 + expected}>1 `));
    expect(syslogMessage(eventOf({ severity }), { ...settings, facility: 0 })).toMatch(new RegExp(`^<${expected}>1 `));
    expect(syslogMessage(eventOf({ severity }), { ...settings, facility: 23 })).toMatch(
      new RegExp(`^<${184 + expected}>1 `),
    );
  });
});

describe('the time', () => {
  it.each([
    [Date.UTC(2026, 10, 21, 10, 15, 30, 7), '2026-11-21T10:15:30.007Z'],
    [Number.NaN, '-'],
    [Infinity, '-'],
    [Date.UTC(12_026, 0), '-'],
    [-1e14, '-'],
  ])('%d is written as %s', (time, expected) => {
    expect(syslogMessage(eventOf({ time }), settings).split(' ')[1]).toBe(expected);
  });
});

describe('the operation', () => {
  it.each([
    ['of OCSF', { api: { operation: 'GetSecretValue' } }, 'GetSecretValue'],
    ['of ECS', { event: { action: 'PutSecretValue' } }, 'PutSecretValue'],
    ['of CIM', { command: 'DeleteSecret' }, 'DeleteSecret'],
    ['of a finding', { activity_name: 'Create' }, 'Create'],
    ['with spaces', { command: 'Secret Label Updated' }, 'Secret_Label_Updated'],
    ['of another type', { command: 4, api: 'x', event: null }, '-'],
    ['that is empty', { command: '' }, '-'],
    ['that is absent', {}, '-'],
  ])('%s is the message id', (_what, document, expected) => {
    expect(syslogMessage(eventOf({ document }), settings).split(' ')[5]).toBe(expected);
  });
});

it('counts octets, not characters', () => {
  const framed = frame(eventOf({ document: { text: 'Ω 🔐 日本' } }), settings);
  const space = framed.indexOf(0x20);
  expect(Number(framed.subarray(0, space).toString())).toBe(framed.length - space - 1);
});

it('is one message with its header intact, whatever the texts hold', () => {
  // RFC 5424: header, structured data with escapes, byte order mark, text.
  const form =
    /^<\d{1,3}>1 (?:-|[\dT:.Z-]+) [\x21-\x7e]{1,255} strongroom - [\x21-\x7e]{1,32} \[strongroom@32473 eventId="(?:[^"\\\]]|\\["\\\]])*" environment="(?:[^"\\\]]|\\["\\\]])*"\] \uFEFF/;
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, text, text, (id, operation, value, environment) => {
      const document = { api: { operation }, value };
      const message = syslogMessage(eventOf({ id, document }), { facility: 13, environment });
      const header = form.exec(message);
      expect(header).not.toBeNull();
      // eslint-disable-next-line no-control-regex -- it is these that must be missing
      expect(message).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/);
      expect(JSON.parse(message.slice(header?.[0].length))).toEqual(document);
    }),
  );
});
