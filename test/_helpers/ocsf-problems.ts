/** Validates events against the published schema of OCSF, and what the schema says in words: captions and type ids. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const file = new URL('../_fixtures/ocsf-1.8.0.schema.json', import.meta.url);

type Captions = Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>;

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addKeyword({
  keyword: 'siblings',
  validate: (siblings: Captions, object: Record<string, unknown>) =>
    Object.entries(siblings).every(([id, [sibling, captions]]) => {
      const caption = captions[String(object[id])];
      return caption === undefined || object[sibling] === undefined || object[sibling] === caption;
    }),
});
ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object, 'ocsf');

const classes: Readonly<Record<number, string>> = {
  6003: 'api_activity',
  2004: 'detection_finding',
  2003: 'compliance_finding',
  3002: 'authentication',
};

const validators = new Map<number, ValidateFunction>(
  Object.entries(classes).map(([uid, name]) => [Number(uid), ajv.compile({ $ref: `ocsf#/$defs/${name}` })]),
);

/** @returns nothing for a valid event. */
export const ocsfProblems = (event: unknown): readonly string[] => {
  // What leaves is JSON: keys with the value undefined are not in it.
  const { class_uid: uid, type_uid: type, activity_id: activity } = event as Record<string, number>;
  const validate = validators.get(uid ?? 0);
  if (!validate) return [`class_uid ${uid} is not one of ${Object.keys(classes).join(', ')}`];
  validate(event);
  const problems = (validate.errors ?? []).map(
    ({ instancePath, keyword, message, params }) =>
      `${instancePath || '/'} ${keyword}: ${message ?? ''} ${JSON.stringify(params)}`,
  );
  if (type !== (uid ?? 0) * 100 + (activity ?? 0)) problems.push(`type_uid ${type} is not class_uid and activity_id`);
  return problems;
};
