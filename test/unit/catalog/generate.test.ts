import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import {
  catalogFolder,
  marked,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const tokenWith = (lines: string, more = 'value: generated'): string =>
  `${paymentsHead}  login:\n    class: generic\n    ${more}\n    readers: [api]\n${lines.replace(/^(?=.)/gm, '    ')}\n`;

const generateOf = (lines: string) =>
  loadCatalog(catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': tokenWith(lines) }), { today })
    .environments[0]!.applications[0]!.secrets[0]!.generate;

describe('generate', () => {
  it('has a template and the key of the generated text', () => {
    expect(
      generateOf('generate: { template: { username: app, port: 5672, tls: true }, key: password, length: 40 }'),
    ).toEqual({
      json: { template: { username: 'app', port: 5672, tls: true }, key: 'password' },
      length: 40,
      exclude: ' !"#$%&\'()*+,/:;<=>?@[\\]^`{|}',
    });
  });

  it('can be text alone, with characters to exclude', () => {
    expect(generateOf("generate: { length: 64, exclude: '@/' }")).toEqual({ length: 64, exclude: '@/' });
  });

  it('is replaced whole in the overrides', () => {
    const files = {
      'organisation.yaml': organisationYaml,
      'payments.yaml': `${tokenWith('generate: { template: { a: b }, key: password }')}overrides:\n  prod:\n    secrets:\n      login: { generate: { length: 48 } }\n`,
    };
    const { environments } = loadCatalog(catalogFolder(files), { today });
    expect(environments.map(({ applications }) => applications[0]!.secrets[0]!.generate?.json !== undefined)).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    [
      'a supplied value',
      tokenWith('‸generate: { length: 64 }', 'value: supplied'),
      'generate needs a generated value (this one is supplied); write value: generated next to it',
    ],
    [
      'class database',
      `${paymentsHead}  login:\n    class: database\n    engine: postgres\n    host: { rds: orders }\n    dbname: d\n    username: u\n    readers: [api]\n    rotation: { admin: { managedBy: rds } }\n    ‸generate: { length: 64 }\n`,
      'generate must be left out for class database: the rotation makes its value from the catalog',
    ],
    [
      'a template without a key',
      tokenWith('‸generate: { template: { username: app } }'),
      'generate.key is missing next to template: the key of the generated text; write password',
    ],
    [
      'a key without a template',
      tokenWith('‸generate: { key: password }'),
      'generate.template is missing next to key; write {}, or what else the value has',
    ],
    [
      'a template that has the key',
      tokenWith('generate: { template: { ‸pin: "1" }, key: pin }'),
      'generate.template.pin is the key of the generated text; take it out of the template',
    ],
    [
      'a secret in the template',
      tokenWith('generate: { template: { ‸api_key: canary }, key: password }'),
      'generate.template.api_key names a secret, and a catalog never holds one; leave it out',
    ],
    [
      'text that can be guessed',
      tokenWith('generate: { length: ‸12 }'),
      'generate.length makes text of 72 bits, and must make 128 (12 of 66 characters); write a length of 22 or more',
    ],
    [
      'an unknown key',
      tokenWith('generate: { ‸lenght: 64 }'),
      'generate.lenght is not a known key; did you mean length?',
    ],
  ])('is refused for %s', (_title, source, message) => {
    const { text, place } = marked(source);
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} secrets.login.${message}`,
    ]);
  });

  it('never has so few characters that a longer text would not help', () => {
    const text = tokenWith(
      `generate: { length: 4096, exclude: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!"#$%&()*+,-./:;<=>?@[\\]^_\`{|}~' }`,
    );
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      expect.stringContaining('secrets.login.generate.exclude makes text of 0 bits, and must make 128'),
    ]);
  });
});
