/**
 * Values of secrets, frozen, and shaped so that they don't get into a log by accident: what may be secret is readable by
 * its name but not enumerable, so printing, serialising or spreading a value leaves it behind.
 */
import { inspect } from 'node:util';

const redacted = '[redacted]';

/** What the values of all secrets have in common. */
export abstract class SecretValue {
  /** The fields for JSON, each secret one as `[redacted]`. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries([
      ...Object.entries(this),
      ...hiddenFields(this).map((name) => [name, redacted]),
    ]) as Record<string, unknown>;
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    // Past the object's own fields, which may be named like these.
    const methods = Object.getPrototypeOf(this) as SecretValue;
    return `${methods.constructor.name} ${inspect(methods.toJSON.call(this), options)}`;
  }
}

/** The login of a database user: AWS's own JSON of database secrets. */
export class DatabaseCredential extends SecretValue {
  /** `postgres`, `mysql`… */
  declare readonly engine: string;
  /** Host name of the database's writer. */
  declare readonly host: string;
  declare readonly port: number;
  /** Database to connect to; absent where the secret names none. */
  declare readonly dbname?: string;
  declare readonly username: string;
  /** Not enumerable. */
  declare readonly password: string;

  constructor(fields: {
    readonly engine: string;
    readonly host: string;
    readonly port: number;
    readonly dbname?: string;
    readonly username: string;
    readonly password: string;
  }) {
    super();
    this.engine = fields.engine;
    this.host = fields.host;
    this.port = fields.port;
    if (fields.dbname !== undefined) this.dbname = fields.dbname;
    this.username = fields.username;
    hide(this, { password: fields.password });
    Object.freeze(this);
  }
}

/** A login to a database with RDS IAM authentication, which is good for one connection after the other until it expires. */
export class IamLogin extends SecretValue {
  declare readonly host: string;
  declare readonly port: number;
  /** Database to connect to; absent where none is declared. */
  declare readonly dbname?: string;
  declare readonly username: string;
  /** A token is taken over TLS only. */
  declare readonly ssl: true;
  /** Until when a connection can be opened with the password. Those that are open live on. */
  declare readonly expiresAt: Date;
  /** The token. Not enumerable. */
  declare readonly password: string;

  constructor(fields: {
    readonly host: string;
    readonly port: number;
    readonly dbname?: string | undefined;
    readonly username: string;
    readonly password: string;
    readonly expiresAt: Date;
  }) {
    super();
    this.host = fields.host;
    this.port = fields.port;
    if (fields.dbname !== undefined) this.dbname = fields.dbname;
    this.username = fields.username;
    this.ssl = true;
    this.expiresAt = fields.expiresAt;
    hide(this, { password: fields.password });
    Object.freeze(this);
  }
}

/** A secret whose value is a JSON object. @typeParam Fields - its fields. */
export class JsonSecret<Fields extends object = Readonly<Record<string, unknown>>> extends SecretValue {
  /** Not enumerable, and neither is any field. */
  declare readonly fields: Fields;

  constructor(fields: Fields) {
    super();
    hide(this, { fields: new HiddenFields(fields) });
    Object.freeze(this);
  }
}

/** A secret whose value is plain text, such as an API key. */
export class TextSecret extends SecretValue {
  /** Not enumerable. */
  declare readonly text: string;

  constructor(text: string) {
    super();
    hide(this, { text });
    Object.freeze(this);
  }
}

class HiddenFields extends SecretValue {
  constructor(fields: object) {
    super();
    hide(this, fields);
    Object.freeze(this);
  }
}

const hide = (target: object, fields: object): void => {
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(target, name, { value: deepFreeze(value), enumerable: false });
  }
};

const hiddenFields = (target: object): string[] =>
  Object.getOwnPropertyNames(target).filter((name) => !Object.prototype.propertyIsEnumerable.call(target, name));

const deepFreeze = (value: unknown): unknown => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
};
