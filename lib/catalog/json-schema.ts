/** The JSON Schemas with which editors complete, explain and check catalog files. */
import { z } from 'zod';

import { applicationSchema } from './schema/application.ts';
import { organisationSchema } from './schema/organisation.ts';

/** File name in `catalog/schema/` to JSON Schema (draft 7, which every YAML language server reads). */
export const catalogJsonSchemas = (): Readonly<Record<string, z.core.JSONSchema.BaseSchema>> => ({
  'organisation.schema.json': z.toJSONSchema(organisationSchema, { target: 'draft-7', io: 'input' }),
  'application.schema.json': z.toJSONSchema(applicationSchema, { target: 'draft-7', io: 'input' }),
});
