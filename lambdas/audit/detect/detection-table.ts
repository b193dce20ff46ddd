/** Reads the file that the construct put next to the function. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { CodedError, detectionNames, type DetectionTable } from '../../../lib/contract/index.ts';
import { explainIssues } from '../../runtime/explain-issues.ts';

const index = z.int().check(z.gte(0));

const table = z.strictObject({
  access: z.strictObject({
    environment: z.string(),
    account: z.string(),
    production: z.boolean(),
    roles: z.array(
      z.strictObject({
        arn: z.string(),
        as: z.enum(['consumer', 'rotation', 'break-glass', 'operator', 'deployer', 'platform']),
        runsOn: z.optional(z.enum(['lambda', 'ecs', 'ecs-execution', 'ec2', 'people', 'other'])),
        session: z.optional(z.string()),
        vpcEndpoints: z.optional(z.array(z.string())),
      }),
    ),
    secrets: z.record(
      z.string(),
      z.strictObject({
        application: z.string(),
        owner: z.string(),
        readers: z.array(index),
        rotators: z.array(index),
        regions: z.array(z.string()),
        graceMs: z.optional(z.number()),
        honey: z.optional(z.literal(true)),
      }),
    ),
    auditResources: z.array(z.string()),
  }),
  suppressions: z.array(
    z.strictObject({
      rule: z.enum(detectionNames as [string, ...string[]]),
      principal: z.optional(z.string()),
      secret: z.optional(z.string()),
      owner: z.string(),
      reason: z.string(),
      until: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)),
    }),
  ),
  topics: z.record(z.string(), z.string()),
});

/** @throws CodedError `detection-table-unreadable` */
export const readDetectionTable = (file: string): DetectionTable => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw unreadable(file, 'it is not a readable JSON file', cause);
  }
  const parsed = z.safeParse(table, value);
  if (parsed.success) return parsed.data as DetectionTable;
  throw unreadable(file, explainIssues(parsed.error.issues, value));
};

const unreadable = (file: string, why: string, cause?: unknown): CodedError =>
  new CodedError(
    'detection-table-unreadable',
    `The table of declared readers ${file} can't be used: ${why}; deploy the function with the construct that writes it`,
    { retryable: false, cause },
  );
