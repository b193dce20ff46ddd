/** Whether a named text is a credential: by its form, or by its name. */
import { isRecord } from '../template/properties.ts';

/** `DB_PASSWORD`, `apiToken`; not `TOKEN_URL` nor `PASSWORD_SECRET_ARN`, which locate one. */
export const namesCredential = (name: string): boolean =>
  /passw(?:or)?d|passphrase|api[-_]?key|private[-_]?key|credential|token/i.test(name) &&
  !/(?:name|arn|id|ttl|url|path|file|endpoint)$/i.test(name);

/** References to other resources are not credentials: their values are names and ARNs. A parameter can be one. */
export const looksLikeCredential = (name: string, value: unknown): boolean => {
  if (typeof value !== 'string') return isParameter(value) && namesCredential(name);
  return forms.some((form) => form.test(value)) || (namesCredential(name) && value !== '' && !value.startsWith('arn:'));
};

const forms = [
  /\{\{resolve:(?:secretsmanager|ssm-secure):/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:[^\s@/]+@/i,
];

const isParameter = (value: unknown): boolean => isRecord(value) && 'Ref' in value;
