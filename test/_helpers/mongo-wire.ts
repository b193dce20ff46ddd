/** Messages of MongoDB's wire protocol, as far as a driver and a server exchange commands in them. */
import { BSON, type Document } from 'mongodb';

export interface Message {
  readonly id: number;
  /** As it came. */
  readonly bytes: Buffer;
  /** `undefined` where it holds no command, or more than one document. */
  readonly document: Document | undefined;
  /** The first greeting of a driver comes in an older form, which servers still take. */
  readonly legacy: boolean;
}

const opCode = { reply: 1, query: 2004, message: 2013 } as const;
const headerLength = 16;

/** Gives whole messages out of a stream, and keeps what is left for the next time. */
export const messageReader = (): ((chunk: Buffer) => readonly Message[]) => {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    while (rest.length >= headerLength && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      messages.push(parse(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    return messages;
  };
};

export const writeMessage = (document: Document, id: number, responseTo = 0): Buffer => {
  const body = BSON.serialize(document, { ignoreUndefined: true });
  const head = Buffer.alloc(headerLength + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(opCode.message, 12);
  return Buffer.concat([head, body]);
};

const parse = (bytes: Buffer): Message => {
  const code = bytes.readInt32LE(12);
  return { id: bytes.readInt32LE(4), bytes, document: documentIn(bytes, code), legacy: code === opCode.query };
};

const documentIn = (bytes: Buffer, code: number): Document | undefined => {
  const at = documentStart(bytes, code);
  if (at === undefined) return undefined;
  return BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)));
};

const documentStart = (bytes: Buffer, code: number): number | undefined => {
  if (code === opCode.query) return bytes.indexOf(0, headerLength + 4) + 1 + 8;
  if (code === opCode.reply) return headerLength + 20;
  // Flags, then sections; the first is the command.
  return code === opCode.message && bytes[headerLength + 4] === 0 ? headerLength + 5 : undefined;
};
