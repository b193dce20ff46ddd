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
    ['lambdas/rotation/actions/rotate.ts', "import 'aws-cdk-lib';", 'knows no CDK'],
    ['lambdas/rotation/actions/rotate.ts', "import '@aws-sdk/client-secrets-manager';", 'adapters/ only'],
    ['lambdas/rotation/actions/rotate.ts', "import 'pg';", 'adapters/ only'],
    ['lambdas/rotation/actions/rotate.ts', "import '../../lib/model/catalog.ts';", 'only lib/contract'],
    ['lambdas/rotation/actions/rotate.ts', "import '../../local/tls.ts';", 'development code'],
    ['client/secrets.ts', "import 'constructs';", 'knows no CDK'],
    ['client/secrets.ts', "import '../lambdas/rotation/actions/rotate.ts';", 'stands alone'],
    ['cli/main.ts', "import 'aws-cdk-lib/core';", 'knows no CDK'],
    ['lib/stacks/rotation-stack.ts', "import '../../lambdas/rotation/actions/rotate.ts';", 'never imports lambdas/'],
    ['lib/catalog/load-catalog.ts', "import 'aws-cdk-lib';", 'knows no CDK'],
    ['lib/contract/names.ts', "import 'zod';", 'imports nothing'],
    ['lib/model/role-arn.ts', "import '../catalog/index.ts';", 'imports lib/contract alone'],
    ['lib/catalog/checks/roles.ts', "import '../../access/index.ts';", 'none of its users'],
    ['lib/reader-policies/reading.ts', "import '../access/index.ts';", 'lib/contract and lib/model alone'],
    ['lib/access/rows.ts', "import '../reader-policies/reading.ts';", 'shares no decision'],
    [
      'lambdas/databases/mysql/users.ts',
      "import '../../rotation/core/rotation-error.ts';",
      'neither rotation nor audit',
    ],
    ['lambdas/runtime/log.ts', "import '../databases/port.ts';", 'none of its users'],
    ['lambdas/runtime/middleware/deadline.ts', "import '../../audit/queues/queues.ts';", 'none of its users'],
    ['lambdas/runtime/adapters/aws-client.ts', "import '../../rotation/core/ports.ts';", 'none of its users'],
  ])('%s may not hold %s', async (file, code, message) => {
    expect(await restrictedImports(file, code)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['lambdas/databases/postgres/database.ts', "import 'pg';"],
    ['lambdas/rotation/adapters/rds.ts', "import '@aws-sdk/client-rds';"],
    ['lambdas/rotation/actions/rotate.ts', "import '../../lib/contract/index.ts';"],
    ['lib/contract/index.ts', "import './names.ts';"],
    ['lib/stacks/rotation-stack.ts', "import 'aws-cdk-lib';"],
  ])('%s may hold %s', async (file, code) => {
    expect(await restrictedImports(file, code)).toEqual([]);
  });
});
