/** Statements of a resource policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
import { z } from 'zod';
import { parseJson } from '../../../operators/parse-json.ts';

export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly principals: readonly string[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: texts.optional(),
  Principal: z.union([z.string(), z.record(z.string(), texts)]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const policySchema = z.object({
  Statement: z.union([z.array(statementSchema), statementSchema.transform((one) => [one])]),
});

/** @returns nothing where it is not a policy: then it shows nothing */
export const parsedPolicy = (text: string): readonly PolicyStatement[] => {
  const policy = policySchema.safeParse(parseJson(text));
  return (policy.data?.Statement ?? []).map(({ Effect, Action = [], Principal = {}, Condition = {} }) => ({
    effect: Effect,
    actions: Action,
    principals: typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat(),
    condition: Condition,
  }));
};

export const isAnyone = (principals: readonly string[]): boolean => principals.includes('*');
