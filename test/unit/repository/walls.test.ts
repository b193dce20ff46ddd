import { ESLint, type Linter } from 'eslint';
import { describe, expect, it } from 'vitest';

const project = new ESLint();

/** Lints with the wall of that place alone, without type information, so that the file need not exist. */
const restrictedImports = async (filePath: string, code: string): Promise<string[]> => {
  const config = (await project.calculateConfigForFile(filePath)) as { rules: Record<string, Linter.RuleEntry> };
  const wall = config.rules['no-restricted-imports']!;
  const eslint = new ESLint({
    overrideConfigFile: true,
    overrideConfig: [{ files: ['**/*.ts'], rules: { 'no-restricted-imports': wall } }],
  });
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.map(({ message }) => message);
};

describe('the walls between the rooms', () => {
  it.each([
    ['lambdas/rotation/rotate.ts', "import 'aws-cdk-lib';", 'knows no CDK'],
    ['lambdas/rotation/rotate.ts', "import '@aws-sdk/client-secrets-manager';", 'adapters/ only'],
    ['lambdas/rotation/rotate.ts', "import 'pg';", 'adapters/ only'],
    ['lambdas/rotation/rotate.ts', "import '../../lib/catalog/model.ts';", 'only lib/contract'],
    ['lambdas/rotation/rotate.ts', "import '../../local/tls.ts';", 'development code'],
    ['client/secrets.ts', "import 'constructs';", 'knows no CDK'],
    ['client/secrets.ts', "import '../lambdas/rotation/rotate.ts';", 'stands alone'],
    ['cli/main.ts', "import 'aws-cdk-lib/core';", 'knows no CDK'],
    ['lib/stacks/rotation-stack.ts', "import '../../lambdas/rotation/rotate.ts';", 'never imports lambdas/'],
    ['lib/catalog/load-catalog.ts', "import 'aws-cdk-lib';", 'knows no CDK'],
    ['lib/contract/names.ts', "import 'zod';", 'imports nothing'],
  ])('%s may not hold %s', async (file, code, message) => {
    expect(await restrictedImports(file, code)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['lambdas/adapters/postgres.ts', "import 'pg';"],
    ['lambdas/rotation/rotate.ts', "import '../../lib/contract/index.ts';"],
    ['lib/contract/index.ts', "import './names.ts';"],
    ['lib/stacks/rotation-stack.ts', "import 'aws-cdk-lib';"],
  ])('%s may hold %s', async (file, code) => {
    expect(await restrictedImports(file, code)).toEqual([]);
  });
});
