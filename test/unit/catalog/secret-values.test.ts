import { describe, expect, it } from 'vitest';

import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, problemsOf } from '../../_helpers/catalog-folder.ts';

const canary = 'CANARY-9f2b7c41d8e64a3db5';
const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
const token = `  stripe: { class: api-key, readers: [api] }\n`;

/** Every way in which people put a secret into a catalog: none may come back in an error. */
const cases: [title: string, text: string][] = [
  ['as password of a database', payments.replace('    username', `    password: ${canary}\n    username`)],
  ['as value of a secret', payments.replace('    username', `    value: ${canary}\n    username`)],
  ['as the secret itself', `${payments}  stripe: ${canary}\n`],
  ['as token of an application', `${payments}token: ${canary}\n`],
  ['as apiKey of a secret', payments + token.replace(' }', `, apiKey: ${canary} }`)],
  ['as a mapping under a key of its own', payments + token.replace(' }', `, secret: { inner: ${canary} } }`)],
  ['as a name of a secret', `${payments}  ${canary}: { class: generic, readers: [] }\n`],
  ['as a reader', payments.replace('[api]', `[api, ${canary}]`)],
  ['where a list belongs', payments.replace('[api]', canary)],
  ['where a mapping belongs', payments.replace('{ runsOn: ecs }', canary)],
  ['where a word of few belongs', payments.replace('postgres', canary)],
  ['as admin', payments.replace('{ managedBy: rds }', canary)],
  ['as rotation', payments.replace('{ admin: { managedBy: rds } }', canary)],
  ['as host', payments.replace('{ rds: orders }', `"postgres://app:${canary}@db/orders"`)],
  ['as user', payments.replace('payments_app', `"app:${canary}"`)],
  ['as contact', payments.replace('contact: oncall', `contact: ${canary}`)],
  ['as environment', payments.replace('consumers:', `environments: [${canary}]\nconsumers:`)],
  ['as application', payments.replace(': payments', `: ${canary.toLowerCase()}`)],
  ['as reader, in lower case', payments.replace('[api]', `[api, ${canary.toLowerCase()}]`)],
  ['as admin, in lower case', payments.replace('{ managedBy: rds }', canary.toLowerCase())],
  ['as contact, in lower case', payments.replace('contact: oncall', `contact: ${canary.toLowerCase()}`)],
  ['in a quote that is not closed', payments.replace('    username', `    password: "${canary}\n    username`)],
  ['in an alias', payments.replace('    username', `    password: *${canary}\n    username`)],
  ['in a tag', payments.replace('    username', `    password: !${canary} x\n    username`)],
  ['after a second colon', payments.replace('    username', `    password: a: ${canary}\n    username`)],
  ['after a reserved character', payments.replace('    username', `    password: @${canary}\n    username`)],
  ['under a repeated key', payments.replace('    username', `    username: ${canary}\n    username`)],
  ['in a directive', `%${canary}\n---\n${payments}`],
];

describe('a secret value in a catalog', () => {
  it.each(cases)('%s is refused and never echoed', async (_title, text) => {
    // GIVEN
    const files = { 'organisation.yaml': organisationYaml, 'payments.yaml': text };
    const problems = problemsOf(files);
    // WHEN the command reports it, in both of its forms
    const folder = catalogFolder(files);
    let printed = '';
    for (const form of [[], ['--json']]) {
      const { exitCode, stdout, stderr } = await strongroom(['validate', '--catalog', folder, ...form]);
      printed += stdout + stderr;
      expect(exitCode).toBe(2);
    }
    // THEN
    expect(problems).not.toEqual([]);
    for (const secret of [canary, canary.toLowerCase(), '9f2b7c41d8e64a3db5']) {
      expect(problems.join('\n')).not.toContain(secret);
      expect(printed).not.toContain(secret);
    }
  });

  it.each(['password', 'passphrase', 'token', 'secretString', 'clientSecret', 'private_key', 'apiKey', 'credentials'])(
    'under %s, with a word as value, is called what it is',
    (key) => {
      const text = payments.replace('    username', `    ${key}: hunter2\n    username`);
      expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
        `payments.yaml:13:5 secrets.orders-db.${key} must not be here: a catalog holds no secret values. Take it out, put the value with \`aws secretsmanager put-secret-value\` after the deployment, and change it if it was ever committed`,
      ]);
    },
  );
});

describe('what is shown', () => {
  it('can’t reach the terminal as a command', () => {
    const text = payments.replace('postgres', '"\\e]0;owned\\a"');
    const [problem] = problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text });
    expect(problem).toContain(String.raw`(got "\u001b]0;owned\u0007")`);
  });

  it('is cut where it is long', () => {
    const text = payments.replace('postgres', 'x'.repeat(500));
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:10:13 secrets.orders-db.engine must be postgres, mysql, mariadb, redis, elasticache, memorydb, sqlserver or mongo (got ${'x'.repeat(77)}...); write one of these`,
    ]);
  });
});
