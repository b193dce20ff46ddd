/** Moves the fields of an event to the names of another schema, by a table. What the table does not know is kept apart. */

export type Target =
  /** A name, or several. In a nested document a dot starts an object. */
  | string
  | readonly string[]
  | {
      readonly to: string;
      /** Makes the value from the whole field, objects and lists too. Undefined: the field is left away. */
      readonly as: (value: unknown) => unknown;
    }
  /** The document says it in the field that is named: `event.type`. */
  | { readonly derives: string }
  /** Why the field is not in the document. */
  | { readonly leftOut: string };

/** By the path of a field: `actor.user.uid`. */
export type FieldTable = Readonly<Record<string, Target>>;

/**
 * Fields of OCSF that repeat in numbers or words what another one says: no other schema needs them.
 *
 * @param classification - what says in the document which class, category and type the event has.
 */
export const repetitions = (classification: string): FieldTable => {
  const account = { leftOut: 'it is an AWS account in every event' };
  return {
    class_name: { leftOut: classification },
    category_uid: { leftOut: classification },
    category_name: { leftOut: classification },
    type_uid: { leftOut: classification },
    type_name: { leftOut: classification },
    status_id: { leftOut: 'status says the same' },
    'actor.user.account.type': account,
    'actor.user.account.type_id': account,
    'cloud.account.type': account,
    'cloud.account.type_id': account,
    'metadata.profiles': { leftOut: 'it describes the OCSF form' },
  };
};

export interface Mapped {
  readonly document: Record<string, unknown>;
  /** By their paths, the fields that the table does not have. */
  readonly unknown: Record<string, unknown>;
}

interface Step {
  readonly further: Map<string, Step>;
  target?: Target;
}

type Write = (document: Record<string, unknown>, name: string, value: unknown) => void;

/** @param form - whether names with dots make objects (`nested`), or stay as they are (`flat`). */
export const createMapper = (table: FieldTable, form: 'nested' | 'flat'): ((event: object) => Mapped) => {
  const root: Step = { further: new Map() };
  for (const [path, target] of Object.entries(table)) stepAt(root, path).target = target;
  const write = form === 'nested' ? writeNested : writeFlat;
  return (event) => {
    const mapped: Mapped = { document: {}, unknown: {} };
    walk(event, root, '', mapped, write);
    return mapped;
  };
};

/** Texts, numbers and booleans stay what they are; the type of everything else could differ from one event to the next. */
export const asText = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value;

const stepAt = (root: Step, path: string): Step => {
  let step = root;
  for (const name of path.split('.')) {
    const next = step.further.get(name) ?? { further: new Map<string, Step>() };
    step.further.set(name, next);
    step = next;
  }
  return step;
};

const walk = (value: object, step: Step, path: string, mapped: Mapped, write: Write): void => {
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    if (field === undefined || field === null) continue;
    const next = step.further.get(name);
    const isObject = typeof field === 'object' && !Array.isArray(field);
    if (next?.target !== undefined) put(field, next.target, mapped.document, write);
    else if (next !== undefined && isObject) walk(field, next, `${path}${name}.`, mapped, write);
    else mapped.unknown[path + name] = field;
  }
};

const put = (field: unknown, target: Target, document: Record<string, unknown>, write: Write): void => {
  if (typeof target === 'string') write(document, target, asText(field));
  else if ('to' in target) {
    const value = target.as(field);
    if (value !== undefined) write(document, target.to, value);
  } else if (Array.isArray(target)) {
    for (const name of target as readonly string[]) write(document, name, asText(field));
  }
};

const writeFlat: Write = (document, name, value) => {
  document[name] = value;
};

const writeNested: Write = (document, name, value) => {
  const dot = name.indexOf('.');
  if (dot === -1) {
    document[name] = value;
    return;
  }
  const parent = name.slice(0, dot);
  const child = (document[parent] ??= {}) as Record<string, unknown>;
  writeNested(child, name.slice(dot + 1), value);
};
