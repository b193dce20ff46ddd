/** The columns of an object, the same for every batch: Glue reads them from the objects, and a table has one form. */
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';

type Column = 'text' | 'int' | 'long' | 'boolean' | { readonly [name: string]: Column } | readonly [Column];

const account = { uid: 'text', type: 'text', type_id: 'int' } as const;

const columns: Readonly<Record<string, Column>> = {
  class_uid: 'int',
  class_name: 'text',
  category_uid: 'int',
  category_name: 'text',
  activity_id: 'int',
  activity_name: 'text',
  type_uid: 'long',
  type_name: 'text',
  time: 'long',
  severity_id: 'int',
  severity: 'text',
  status_id: 'int',
  status: 'text',
  status_code: 'text',
  status_detail: 'text',
  message: 'text',
  metadata: {
    version: 'text',
    profiles: ['text'],
    uid: 'text',
    event_code: 'text',
    log_name: 'text',
    log_provider: 'text',
    original_time: 'text',
    product: { name: 'text', vendor_name: 'text', version: 'text' },
  },
  actor: {
    user: {
      uid: 'text',
      name: 'text',
      uid_alt: 'text',
      type: 'text',
      type_id: 'int',
      credential_uid: 'text',
      account,
    },
    session: { uid: 'text', issuer: 'text', created_time: 'long', is_mfa: 'boolean' },
    invoked_by: 'text',
  },
  api: {
    operation: 'text',
    service: { name: 'text' },
    request: { uid: 'text', data: 'text' },
    response: { error: 'text', error_message: 'text', data: 'text' },
  },
  src_endpoint: { ip: 'text', svc_name: 'text', uid: 'text' },
  http_request: { user_agent: 'text' },
  cloud: { provider: 'text', region: 'text', account },
  resources: [{ uid: 'text', name: 'text', type: 'text' }],
  /** JSON with every field that has no column, by its path. */
  unmapped: 'text',
};

export const schema: SchemaElement[] = [];

/** @returns the columns of the documents. */
export const columnsOf = (documents: readonly Readonly<Record<string, unknown>>[]): ColumnSource[] => {
  const rows = documents.map((document) => {
    const unmapped: Record<string, unknown> = {};
    const row = fitObject(document, columns, '', unmapped);
    return { ...row, ...(Object.keys(unmapped).length > 0 && { unmapped: JSON.stringify(unmapped) }) };
  });
  return Object.keys(columns).map((name) => ({
    name,
    data: rows.map((row: Readonly<Record<string, unknown>>) => row[name]),
  }));
};

/** What has another type than its column goes to `unmapped` too. */
const fit = (value: unknown, column: Column, path: string, unmapped: Record<string, unknown>): unknown => {
  if (value === undefined || value === null) return undefined;
  if (column === 'text' && typeof value === 'string' && path !== 'unmapped') return value;
  if (column === 'boolean' && typeof value === 'boolean') return value;
  if (column === 'int' && Number.isInteger(value) && Math.abs(value as number) < 2 ** 31) return value;
  if (column === 'long' && Number.isSafeInteger(value)) return BigInt(value as number);
  if (Array.isArray(column) && Array.isArray(value)) {
    const [entry] = column as readonly [Column];
    return value.map((one, index) => fit(one, entry, `${path}.${index}`, unmapped));
  }
  if (typeof column === 'object' && !Array.isArray(column) && typeof value === 'object' && !Array.isArray(value)) {
    return fitObject(value, column as Readonly<Record<string, Column>>, `${path}.`, unmapped);
  }
  unmapped[path] = value;
  return undefined;
};

const fitObject = (
  value: object,
  known: Readonly<Record<string, Column>>,
  prefix: string,
  unmapped: Record<string, unknown>,
): Record<string, unknown> => {
  const row: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    const column = Object.hasOwn(known, name) ? known[name] : undefined;
    if (column === undefined) unmapped[prefix + name] = field;
    else row[name] = fit(field, column, prefix + name, unmapped);
  }
  return row;
};

/** https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
const elements = (name: string, column: Column): SchemaElement[] => {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  if (column === 'text') return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
  if (column === 'int') return [{ ...optional, type: 'INT32' }];
  if (column === 'long') return [{ ...optional, type: 'INT64' }];
  if (column === 'boolean') return [{ ...optional, type: 'BOOLEAN' }];
  if (Array.isArray(column)) {
    const [entry] = column as readonly [Column];
    return [
      { ...optional, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elements('element', entry),
    ];
  }
  const children = Object.entries(column as Readonly<Record<string, Column>>);
  return [{ ...optional, num_children: children.length }, ...children.flatMap(([child, of]) => elements(child, of))];
};

schema.push(
  { name: 'root', num_children: Object.keys(columns).length },
  ...Object.entries(columns).flatMap(([name, column]) => elements(name, column)),
);
