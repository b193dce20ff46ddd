/** What a SQL Server says, as bytes: the tokens of MS-TDS that a login and a batch need. */

export interface Column {
  readonly name: string;
  readonly type: 'text' | 'number';
}

export type Row = Readonly<Record<string, string | number>>;

const characters = (text: string): Buffer => Buffer.from(text, 'utf16le');
const shortText = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), characters(text)]);
const uint16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** DONE, or DONEPROC, which ends what `sp_executesql` gives. */
export const done = (kind: 'batch' | 'procedure', failed = false): Buffer =>
  Buffer.concat([
    Buffer.from([kind === 'batch' ? 0xfd : 0xfe]),
    uint16(failed ? 0x0002 : 0x0000),
    uint16(0),
    Buffer.alloc(8),
  ]);

/** TDS 7.4, the version that the driver speaks. */
export const loginAcknowledged = (): Buffer => {
  const body = Buffer.concat([
    Buffer.from([1, 0x74, 0, 0, 4]),
    shortText('Microsoft SQL Server'),
    Buffer.from([16, 0, 0, 0]),
  ]);
  return Buffer.concat([Buffer.from([0xad]), uint16(body.length), body]);
};

export const errorMessage = (number: number, text: string): Buffer => {
  const body = Buffer.concat([
    int32(number),
    Buffer.from([1, 14]),
    uint16(text.length),
    characters(text),
    shortText('model'),
    shortText(''),
    int32(1),
  ]);
  return Buffer.concat([Buffer.from([0xaa]), uint16(body.length), body]);
};

const collation = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);
const longestText = 4_000;

export const rowSet = (columns: readonly Column[], rows: readonly Row[]): Buffer => {
  const described = columns.map(({ name, type }) =>
    Buffer.concat([
      int32(0),
      uint16(1),
      type === 'text'
        ? Buffer.concat([Buffer.from([0xe7]), uint16(longestText * 2), collation])
        : Buffer.from([0x26, 4]),
      shortText(name),
    ]),
  );
  const values = rows.map((row) =>
    Buffer.concat([
      Buffer.from([0xd1]),
      ...columns.map(({ name, type }) => {
        const value = row[name];
        if (type === 'number') return Buffer.concat([Buffer.from([4]), int32(Number(value))]);
        const text = characters(String(value));
        return Buffer.concat([uint16(text.length), text]);
      }),
    ]),
  );
  return Buffer.concat([Buffer.from([0x81]), uint16(columns.length), ...described, ...values]);
};

/** User name and password of a LOGIN7 message; the password is scrambled, which is no encryption. */
export const readLogin = (message: Buffer): { username: string; password: string } => {
  const field = (at: number): Buffer => {
    const offset = message.readUInt16LE(at);
    return message.subarray(offset, offset + message.readUInt16LE(at + 2) * 2);
  };
  const scrambled = field(44);
  const password = Buffer.from(scrambled.map((byte) => (((byte ^ 0xa5) << 4) & 0xf0) | ((byte ^ 0xa5) >> 4)));
  return { username: field(40).toString('utf16le'), password: password.toString('utf16le') };
};

export interface Batch {
  readonly text: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** The statement and the parameters of an RPC to `sp_executesql`. */
export const readExecuteSql = (message: Buffer): Batch => {
  let at = message.readUInt32LE(0);
  if (message.readUInt16LE(at) !== 0xffff)
    throw new Error('The driver calls a procedure by name: sp_executesql is by number');
  at += 4 + 2;
  const values: [name: string, value: string | number][] = [];
  while (at < message.length) {
    const nameBytes = (message[at] ?? 0) * 2;
    const name = message.subarray(at + 1, at + 1 + nameBytes).toString('utf16le');
    at += 1 + nameBytes + 1;
    const type = message[at];
    if (type === 0x26) {
      values.push([name, message.readInt32LE(at + 3)]);
      at += 7;
    } else if (type === 0xe7) {
      const isLong = message.readUInt16LE(at + 1) === 0xffff;
      const { text, end } = isLong ? longText(message, at + 8) : plainText(message, at + 8);
      values.push([name, text]);
      at = end;
    } else throw new Error(`The model of SQL Server does not read parameters of type ${type}`);
  }
  const [[, text] = ['', ''], , ...parameters] = values;
  return {
    text: String(text),
    parameters: Object.fromEntries(parameters.map(([name, value]) => [name.slice(1), value])),
  };
};

const plainText = (message: Buffer, at: number): { text: string; end: number } => {
  const end = at + 2 + message.readUInt16LE(at);
  return { text: message.subarray(at + 2, end).toString('utf16le'), end };
};

/** In chunks: how long it is in all, then each with its length, then an empty one. */
const longText = (message: Buffer, start: number): { text: string; end: number } => {
  let at = start + 8;
  const chunks: Buffer[] = [];
  for (;;) {
    const length = message.readUInt32LE(at);
    at += 4;
    if (length === 0) return { text: Buffer.concat(chunks).toString('utf16le'), end: at };
    chunks.push(message.subarray(at, at + length));
    at += length;
  }
};
