/** A credential of Amazon Redshift, declared as docs/catalog.md says: what is deployed, and what a client gets. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSecret } from '../../../client/parse-secret.ts';
import { DatabaseCredential } from '../../../client/secret-values.ts';
import { loadCatalog } from '../../../lib/index.ts';
import { catalogFolder, today } from '../../_helpers/catalog-folder.ts';
import { resourcesOfType, synthesise, type ExampleStack } from '../../_helpers/example-app.ts';

const page = readFileSync(new URL('../../../docs/catalog.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n# (.*)\n([^]*?)^```$/gm)].map(([, title, text]) => ({
  title,
  text: text!,
}));
const blockOf = (title: string, having = ''): string =>
  blocks.find((block) => block.title === title && block.text.includes(having))!.text;

describe('the credential of Amazon Redshift in docs/catalog.md', () => {
  let synthesised: ReadonlyMap<string, ExampleStack> | undefined;
  const resources = (type: string) => {
    synthesised ??= synthesise(loadCatalog(catalogFolder(declared()), { today }));
    return [...synthesised.values()].flatMap((stack) => resourcesOfType(stack, type));
  };
  const declared = () => {
    const overrides = blockOf('under overrides of payments.yaml', 'engine: redshift').replace(/^(?=.)/gm, '  ');
    return {
      'organisation.yaml': blockOf('organisation.yaml'),
      'payments.yaml': blockOf('payments.yaml').replace(/^overrides:\n/m, (line) => line + overrides),
    };
  };

  it('is generated as the JSON that AWS’s function takes', () => {
    const [secret] = resources('AWS::SecretsManager::Secret').filter(
      ({ properties }) => properties['Name'] === 'dev/payments/warehouse',
    );
    const { GenerateSecretString: generated } = secret!.properties as {
      GenerateSecretString: { SecretStringTemplate: string; GenerateStringKey: string; PasswordLength: number };
    };
    const template = JSON.parse(generated.SecretStringTemplate) as object;
    expect(template).toEqual({
      engine: 'redshift',
      host: 'warehouse.abc123.eu-west-1.redshift.amazonaws.com',
      port: 5439,
      dbname: 'sales',
      username: 'payments_app',
    });
    // Redshift takes 8 to 64 characters.
    expect(generated.PasswordLength).toBeGreaterThanOrEqual(8);
    expect(generated.PasswordLength).toBeLessThanOrEqual(64);

    const value = JSON.stringify({ ...template, [generated.GenerateStringKey]: 'a generated password' });
    const credential = parseSecret(value, 'dev/payments/warehouse', 'generic');
    expect(credential).toBeInstanceOf(DatabaseCredential);
    expect(credential).toMatchObject({ engine: 'redshift', port: 5439, username: 'payments_app' });
  });

  it('is rotated by that function alone, which Secrets Manager may invoke', () => {
    const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:rotate-redshift';
    const schedules = resources('AWS::SecretsManager::RotationSchedule').filter(
      ({ properties }) => properties['RotationLambdaARN'] === functionArn,
    );
    expect(schedules.map(({ properties }) => properties['RotateImmediatelyOnUpdate'])).toEqual([false]);
    const permissions = resources('AWS::Lambda::Permission').filter(
      ({ properties }) => properties['FunctionName'] === functionArn,
    );
    expect(permissions.map(({ properties }) => properties['Principal'])).toEqual(['secretsmanager.amazonaws.com']);
  });
});
