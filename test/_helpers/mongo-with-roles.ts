/**
 * MongoDB's authorisation, before a FerretDB that has none. Logins, passwords and documents are FerretDB's own; of MongoDB
 * it models, after its manual: roles, custom data and restrictions of users; which actions user administration and the
 * database of the locks ask for; that a connection's login ends with the user and does not come back with one of the same
 * name; `connectionStatus` and `killAllSessions`.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { Document } from 'mongodb';
import type { LocalMongo } from '../../local/databases/mongo.ts';
import type { LocalCertificates } from '../../local/tls.ts';
import { messageReader, writeMessage, type Message } from './mongo-wire.ts';

export interface MongoWithRoles {
  readonly host: string;
  readonly port: number;
  /** Commands that change a user or look one up, and refused ones too; in their order. */
  readonly commands: readonly Document[];
  /** Has the next command of a name answered with this, instead of carried out. */
  answerNext(name: string, answer: Document): void;
  stop(): Promise<void>;
}

interface Role {
  readonly role: string;
  readonly db: string;
}

interface User {
  readonly id: string;
  readonly roles: readonly Role[];
  readonly customData?: Document | undefined;
  readonly authenticationRestrictions?: readonly Document[] | undefined;
}

interface Privilege {
  readonly resource: Document;
  readonly actions: readonly string[];
}

const administration = [
  ...['viewUser', 'createUser', 'dropUser', 'grantRole', 'revokeRole', 'changePassword', 'changeCustomData'],
  'setAuthenticationRestriction',
];

/** What built-in roles come to, as far as it matters here. */
const privilegesOf = ({ role, db }: Role): readonly Privilege[] => {
  switch (role) {
    case 'root':
      return [
        { resource: { db: '', collection: '' }, actions: [...administration, 'find', 'insert', 'update', 'remove'] },
        { resource: { cluster: true }, actions: ['killAnySession'] },
      ];
    case 'userAdminAnyDatabase':
      return [{ resource: { db: '', collection: '' }, actions: administration }];
    case 'userAdmin':
      return [{ resource: { db, collection: '' }, actions: administration }];
    case 'readWrite':
      return [{ resource: { db, collection: '' }, actions: ['find', 'insert', 'update', 'remove'] }];
    case 'hostManager':
      return [{ resource: { cluster: true }, actions: ['killAnySession'] }];
    default:
      return [{ resource: { db, collection: '' }, actions: ['find'] }];
  }
};

const allows = ({ roles }: User, action: string, db: string | undefined): boolean =>
  roles
    .flatMap(privilegesOf)
    .some(
      ({ resource, actions }) =>
        actions.includes(action) &&
        (db === undefined ? resource['cluster'] === true : resource['db'] === '' || resource['db'] === db),
    );

class Refusal extends Error {
  readonly answer: Document;

  constructor(code: number, codeName: string, errmsg: string) {
    super(errmsg);
    this.answer = { ok: 0, code, codeName, errmsg };
  }
}

export const startMongoWithRoles = async (
  mongo: LocalMongo,
  certificates: LocalCertificates,
): Promise<MongoWithRoles> => {
  const users = new Map<string, User>([
    [mongo.adminUser, { id: randomUUID(), roles: [{ role: 'root', db: 'admin' }] }],
  ]);
  const commands: Document[] = [];
  const answers: { readonly name: string; readonly answer: Document }[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: certificates.cert, key: certificates.key }, (client) => {
    const upstream = connect({ host: mongo.host, port: mongo.port, ca: mongo.ca });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    serve(client, upstream, { users, commands, answers });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    commands,
    answerNext: (name, answer) => {
      answers.push({ name, answer });
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

interface Model {
  readonly users: Map<string, User>;
  readonly commands: Document[];
  readonly answers: { readonly name: string; readonly answer: Document }[];
}

/** One message after the other, as drivers send them. */
const serve = (client: TLSSocket, upstream: TLSSocket, model: Model): void => {
  const waiting: ((reply: Message) => void)[] = [];
  const readReplies = messageReader();
  upstream.on('data', (chunk: Buffer) => {
    for (const reply of readReplies(chunk)) waiting.shift()?.(reply);
  });
  const forward = (bytes: Buffer): Promise<Message> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      upstream.write(bytes);
    });
  const connection = new Connection(model, forward);
  const readCommands = messageReader();
  let turn = Promise.resolve();
  client.on('data', (chunk: Buffer) => {
    for (const message of readCommands(chunk)) {
      turn = turn.then(async () => {
        const reply = await connection.answer(message);
        if (client.writable) client.write(reply);
      });
    }
  });
};

/** Everybody may ask these, logged in or not. */
const open = new Set(['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', 'ping', 'endSessions']);

class Connection {
  readonly #model: Model;
  readonly #forward: (bytes: Buffer) => Promise<Message>;
  #username = '';
  /** Of the user as who this connection has logged in. */
  #userId: string | undefined;

  constructor(model: Model, forward: (bytes: Buffer) => Promise<Message>) {
    this.#model = model;
    this.#forward = forward;
  }

  async answer(message: Message): Promise<Buffer> {
    const { document, id, legacy } = message;
    if (document) this.#noteLogin(document);
    if (!document || legacy) return (await this.#forward(message.bytes)).bytes;
    try {
      return writeMessage(await this.#run(document, id), 0, id);
    } catch (error) {
      if (error instanceof Refusal) return writeMessage(error.answer, 0, id);
      throw error;
    }
  }

  #noteLogin(command: Document): void {
    const start = (command['speculativeAuthenticate'] ?? command) as Document;
    if (start['saslStart'] === undefined) return;
    const payload = Buffer.from((start['payload'] as { buffer: Uint8Array }).buffer).toString();
    const name = /^n,,n=([^,]*),/.exec(payload)?.[1] ?? '';
    this.#username = name.replaceAll('=2C', ',').replaceAll('=3D', '=');
  }

  /** Of restrictions, those of the client's address: here it is always the loopback. */
  #mayComeFromHere(): boolean {
    const { authenticationRestrictions = [] } = this.#model.users.get(this.#username) ?? {};
    return authenticationRestrictions.every(({ clientSource }) => {
      const sources = clientSource as readonly string[] | undefined;
      return sources === undefined || sources.includes('127.0.0.1') || sources.includes('127.0.0.0/8');
    });
  }

  async #run(command: Document, id: number): Promise<Document> {
    const name = Object.keys(command)[0] ?? '';
    const db = String(command['$db']);
    const scripted = this.#model.answers.findIndex((one) => one.name === name);
    if (scripted >= 0) {
      this.#model.commands.push(command);
      return this.#model.answers.splice(scripted, 1)[0]!.answer;
    }
    const pass = async (sent: Document = command) => (await this.#forward(writeMessage(sent, id))).document ?? {};
    if (open.has(name)) {
      if (name.startsWith('sasl') && !this.#mayComeFromHere())
        throw new Refusal(18, 'AuthenticationFailed', 'Authentication failed.');
      const reply = await pass();
      if (name === 'saslContinue' && reply['done'] === true) this.#userId = this.#model.users.get(this.#username)?.id;
      return reply;
    }
    const self = this.#model.users.get(this.#username);
    if (!self || self.id !== this.#userId) {
      throw new Refusal(13, 'Unauthorized', `command ${name} requires authentication`);
    }
    const require = (action: string, on: string | undefined): void => {
      if (allows(self, action, on)) return;
      // Servers quote what they were asked for; one that does not know which fields are passwords would quote these too.
      const quoted = `not authorized on ${db} to execute command ${JSON.stringify(command)}`;
      throw new Refusal(13, 'Unauthorized', quoted);
    };
    switch (name) {
      case 'connectionStatus': {
        const reply = await pass({ connectionStatus: 1, $db: db });
        const authInfo = {
          ...(reply['authInfo'] as Document),
          authenticatedUserRoles: self.roles,
          authenticatedUserPrivileges: self.roles.flatMap(privilegesOf),
        };
        return { ...reply, authInfo };
      }
      case 'killAllSessions':
        this.#model.commands.push(command);
        require('killAnySession', undefined);
        return { ok: 1 };
      case 'usersInfo': {
        const { user, forAllDBs } = command['usersInfo'] as { readonly user: string; readonly forAllDBs?: boolean };
        if (forAllDBs === true) {
          require('viewUser', '');
          return pass();
        }
        if (user !== this.#username) require('viewUser', db);
        const showCredentials = command['showCredentials'] as boolean | undefined;
        const reply = await pass({
          usersInfo: { user, db },
          ...(showCredentials === true && { showCredentials }),
          $db: db,
        });
        return { ...reply, users: (reply['users'] as Document[]).map((one) => this.#described(one)) };
      }
      case 'createUser':
      case 'updateUser':
      case 'dropUser':
        this.#model.commands.push(command);
        this.#authorise(name, command, require);
        return this.#changeUser(name, command, pass);
      case 'findAndModify':
        for (const action of ['find', 'insert', 'update']) require(action, db);
        return pass();
      case 'delete':
        require('remove', db);
        return pass();
      default:
        return pass();
    }
  }

  #described(found: Document): Document {
    const user = this.#model.users.get(String(found['user']));
    if (!user) throw new Error(`user ${String(found['user'])} was made behind the model's back`);
    const { roles, customData, authenticationRestrictions } = user;
    return {
      ...found,
      roles,
      ...(customData && { customData }),
      ...(authenticationRestrictions && { authenticationRestrictions }),
      inheritedRoles: roles,
      inheritedPrivileges: roles.flatMap(privilegesOf),
    };
  }

  #authorise(name: string, command: Document, require: (action: string, on: string) => void): void {
    if (name !== 'updateUser') require(name, 'admin');
    else if (command['pwd'] !== undefined) require('changePassword', 'admin');
    if (command['customData'] !== undefined) require('changeCustomData', 'admin');
    if (command['authenticationRestrictions'] !== undefined) require('setAuthenticationRestriction', 'admin');
    for (const { db } of (command['roles'] ?? []) as readonly Role[]) require('grantRole', db);
    if (name !== 'updateUser' || command['roles'] === undefined) return;
    const before = this.#model.users.get(String(command['updateUser']))?.roles ?? [];
    for (const { db } of before) require('revokeRole', db);
  }

  async #changeUser(
    name: string,
    { roles, customData, authenticationRestrictions, ...command }: Document,
    pass: (sent: Document) => Promise<Document>,
  ): Promise<Document> {
    const { users } = this.#model;
    const username = String(command[name]);
    const before = users.get(username);
    const sent = { ...command, ...(name === 'createUser' && { roles: [] }) };
    const others = name === 'updateUser' && command['pwd'] === undefined;
    const reply = others && before ? { ok: 1 } : await pass(sent);
    if (reply['ok'] !== 1) return reply;
    if (name === 'dropUser') users.delete(username);
    else {
      users.set(username, {
        id: before?.id ?? randomUUID(),
        roles: (roles as readonly Role[] | undefined) ?? before?.roles ?? [],
        customData: (customData as Document | undefined) ?? before?.customData,
        authenticationRestrictions:
          (authenticationRestrictions as readonly Document[] | undefined) ?? before?.authenticationRestrictions,
      });
    }
    return reply;
  }
}
