/** What an STS call asks of the policies: a role's trust policy stands for the role. */
import { scopeOf, text, type Checks, type Context } from './check.ts';

export const stsChecks: Checks = async (request, deployed) => {
  const { operation, input } = request;
  // Anyone with keys can ask which identity they have.
  if (operation === 'GetCallerIdentity') return [];
  const arn = text(input['RoleArn']);
  if (operation !== 'AssumeRole' || arn === undefined) return undefined;
  const role = await deployed.role(arn);
  const resource = {
    arn,
    account: scopeOf(request, arn).account,
    // A role that does not exist trusts no principal.
    policy: role?.trustPolicy ?? { Version: '2012-10-17', Statement: [] },
    tags: role?.tags ?? {},
  };
  const tags = sessionTags(input);
  const context: Context = {
    'sts:RoleSessionName': text(input['RoleSessionName']) ?? '',
    ...(text(input['ExternalId']) !== undefined && { 'sts:ExternalId': String(input['ExternalId']) }),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
    // The code itself can't be checked: there is no device.
    ...(/^\d{6}$/.test(text(input['TokenCode']) ?? '') &&
      text(input['SerialNumber']) !== undefined && {
        'aws:MultiFactorAuthPresent': 'true',
        'aws:MultiFactorAuthAge': '0',
      }),
  };
  return [
    { action: 'sts:AssumeRole', resource, context },
    ...(Object.keys(tags).length > 0 ? [{ action: 'sts:TagSession', resource, context }] : []),
  ];
};

/** `Tags.member.N.Key` and `.Value` of an AssumeRole. */
export const sessionTags = (input: Readonly<Record<string, unknown>>): Record<string, string> => {
  const tags: Record<string, string> = {};
  for (let index = 1; ; index++) {
    const key = text(input[`Tags.member.${index}.Key`]);
    if (key === undefined) return tags;
    tags[key] = text(input[`Tags.member.${index}.Value`]) ?? '';
  }
};
