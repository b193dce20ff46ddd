import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLog } from '../../../lambdas/runtime/log.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';

const canary = 'canary "pass\\word" +/=';

const capture = (): (() => string) => {
  const chunks: string[] = [];
  const write = (chunk: unknown) => {
    chunks.push(String(chunk));
    return true;
  };
  const spies = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  for (const spy of spies) spy.mockImplementation(write);
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => chunks.join('');
};

describe('redaction', () => {
  it('hides every secret of a database secret value and leaves the connection facts that are public', () => {
    const redactor = new Redactor();
    redactor.allow('db.internal');
    redactor.allow('orders_app_clone');
    redactor.learnValue(
      JSON.stringify({ host: 'db.internal', username: 'orders_app', password: canary, extra: { token: 'tok-1234' } }),
    );

    const text = redactor.redact(`orders_app@db.internal ${canary} ${JSON.stringify(canary)} tok-1234`);

    expect(text).toBe('orders_app@db.internal [redacted] "[redacted]" [redacted]');
  });

  it('hides a value that is no JSON as a whole', () => {
    const redactor = new Redactor();
    redactor.learnValue('not json at all');
    expect(redactor.redact('got not json at all')).toBe('got [redacted]');
  });

  it('hides the longer of two secrets where one is part of the other', () => {
    const redactor = new Redactor();
    redactor.learn('abcd');
    redactor.learn('abcdefgh');
    expect(redactor.redact('abcdefgh')).toBe('[redacted]');
  });

  it('hides a SCRAM verifier that nobody told it of', () => {
    expect(new Redactor().redact("PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'")).toBe(
      "PASSWORD '[redacted]'",
    );
  });

  it('hides a secret that has half of a surrogate pair, which no URI can have', () => {
    const redactor = new Redactor();
    redactor.learnValue('{"password":"half \\ud83d of a pair"}');
    expect(redactor.redact('got half \ud83d of a pair')).toBe('got [redacted]');
  });

  it('forgets on demand', () => {
    const redactor = new Redactor();
    redactor.learn('abcd');
    redactor.forget();
    expect(redactor.redact('abcd')).toBe('abcd');
  });

  it('works at the sink: fields, error messages, causes and a driver’s own error fields', () => {
    const written = capture();
    const redactor = new Redactor();
    redactor.learn(canary);
    const cause = Object.assign(new Error(`inner ${canary}`), { detail: `detail ${canary}`, query: `query ${canary}` });
    const log = createLog('rotation', redactor);

    log.error(`message ${canary}`, {
      note: canary,
      error: new Error(`outer ${canary}`, { cause }),
      list: [{ deep: canary }],
    });

    expect(written()).toContain('"message":"message [redacted]"');
    expect(written()).toContain('detail [redacted]');
    expect(written()).not.toContain(canary);
    expect(written()).not.toContain(JSON.stringify(canary).slice(1, -1));
  });
});

describe('a value that may be a password under the wrong key', () => {
  const learned = (value: object): Redactor => {
    const redactor = new Redactor();
    redactor.learnValue(JSON.stringify(value));
    return redactor;
  };

  it('is replaced by its kind, also in lower case and in a URL', () => {
    const redactor = learned({ host: 'Canary Passw0rd', username: 'canary-user-1' });
    expect(redactor.redact('at Canary Passw0rd, canary passw0rd, Canary%20Passw0rd as canary-user-1')).toBe(
      'at [host of 15 characters], [host of 15 characters], [host of 15 characters] as [username of 13 characters]',
    );
  });

  it('is replaced where a server truncates it, and where the word is short only as a whole', () => {
    const redactor = learned({ dbname: 'canary'.repeat(20), username: 'service', password: 'x'.repeat(40) });
    expect(redactor.redact(`"${'canary'.repeat(8)}…" service-missing service ${'x'.repeat(20)}`)).toBe(
      '"[dbname of 120 characters]…" service-missing [username of 7 characters] [redacted]',
    );
  });

  it('stays hidden where it is the password, too', () => {
    const redactor = learned({ host: 'canary-password', password: 'canary-password' });
    redactor.allow('canary-password');
    expect(redactor.redact('canary-password')).toBe('[redacted]');
  });

  it.each(['10.0.0.1', '::1', 'mysql', 'localhost', 'db.abc.eu-west-1.rds.amazonaws.com', 'app'])(
    'is shown where no password can look so: %s',
    (host) => {
      expect(learned({ host }).redact(`at ${host}`)).toBe(`at ${host}`);
    },
  );
});

describe('a password in the place of a key', () => {
  it.each(['canary of a key', 'canary!1', 'CanaryOfAPasswordAsLongAsOurs'])('is taken out: %s', (name) => {
    const redactor = new Redactor();
    redactor.learnValue(JSON.stringify({ username: 'app', nested: [{ [name]: '' }] }));
    expect(redactor.redact(`an error about "${name}"`)).toBe('an error about "[redacted]"');
  });

  it('is not looked for in the words that keys are', () => {
    const redactor = new Redactor();
    redactor.learnValue(JSON.stringify({ dbInstanceIdentifier: 'orders', apiKey: 'x', 'read-only.url': 'y' }));
    const line = 'dbInstanceIdentifier, apiKey, read-only.url';
    expect(redactor.redact(line)).toBe(line);
  });
});
