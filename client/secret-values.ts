/**
 * Values of secrets. They are frozen, and secret fields are not enumerable: printing, serialising or spreading a value
 * leaves them out.
 */
import { inspect } from 'node:util';

const redacted = '[redacted]';

/** The base of all values. Secret fields are redacted when a value is printed or serialised. */
export abstract class SecretValue {
  /** Returns the fields for JSON, with secret fields as `[redacted]`. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries([
      ...Object.entries(this),
      ...hiddenFields(this).map((name) => [name, redacted]),
    ]) as Record<string, unknown>;
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    // From the prototype, because a field of a JSON value can have the same name.
    const methods = Object.getPrototypeOf(this) as SecretValue;
    return `${methods.constructor.name} ${inspect(methods.toJSON.call(this), options)}`;
  }
}

/**
 * A database login, in the JSON that AWS uses for database secrets.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
export class DatabaseCredential extends SecretValue {
  /** Database engine, such as `postgres` or `mysql`. */
  declare readonly engine: string;
  /** Host name of the writer. */
  declare readonly host: string;
  /** TCP port. */
  declare readonly port: number;
  /** Name of the database, if the secret has one. */
  declare readonly dbname?: string;
  /** The database user. */
  declare readonly username: string;
  /** Password of the user. Not enumerable. */
  declare readonly password: string;

  constructor(fields: {
    readonly engine: string;
    readonly host: string;
    readonly port: number;
    readonly dbname?: string | undefined;
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

/** A database login with an RDS IAM token. It opens any number of connections until it expires. */
export class IamLogin extends SecretValue {
  /** The endpoint of the database. */
  declare readonly host: string;
  /** TCP port. */
  declare readonly port: number;
  /** Name of the database, if one is declared. */
  declare readonly dbname?: string;
  /** The database user. */
  declare readonly username: string;
  /** RDS accepts a token over TLS only. */
  declare readonly ssl: true;
  /** The time after which RDS refuses a login with the password. Open connections stay open. */
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

/**
 * A secret whose value is a JSON object.
 *
 * @typeParam Fields - types of the fields.
 */
export class JsonSecret<Fields extends object = Readonly<Record<string, unknown>>> extends SecretValue {
  /** The fields of the JSON object. Neither `fields` nor any of them is enumerable. */
  declare readonly fields: Fields;

  constructor(fields: Fields) {
    super();
    hide(this, { fields: new HiddenFields(fields) });
    Object.freeze(this);
  }
}

/** A secret whose value is plain text, such as an API key. */
export class TextSecret extends SecretValue {
  /** The value. Not enumerable. */
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
