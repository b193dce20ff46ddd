/** Every call of AWS that the project makes through the SDK is one that the contract test holds to the API reference. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

/** `client-kms DecryptCommand`, for each command that these files import. */
const commandsOf = (files: readonly string[]): string[] => {
  const imports = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/^import \{([^}]*)\} from '@aws-sdk\/(client-[\w-]+)';$/gm),
  ]);
  const commands = imports.flatMap(([, names = '', client = '']) =>
    names
      .split(',')
      .map((name) => name.trim().split(' ')[0] ?? '')
      .filter((name) => name.endsWith('Command'))
      .map((name) => `${client} ${name}`),
  );
  return [...new Set(commands)].sort();
};

it('the contract test has every call that the project makes', () => {
  const made = commandsOf(['lambdas', 'client', 'cli', 'lib', 'local'].flatMap(sourcesIn));
  const held = commandsOf([
    ...sourcesIn('test/integration/aws-contract'),
    // They make the roles and functions that the contract test then uses as AWS would have made them.
    'test/_helpers/contract-target.ts',
    'test/_helpers/deployed-function.ts',
  ]);

  expect(made).toContain('client-secrets-manager PutSecretValueCommand');
  expect(made.filter((command) => !held.includes(command))).toEqual([]);
});
