/** A real rsyslog that takes messages over TLS, and shows what it has read. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import getPort from 'get-port';
import { makeServerProcess, type ServerProcess } from '../../databases/server-process.ts';
import { findPrograms, type ServerPrograms } from '../../databases/server-programs.ts';
import type { LocalCertificates } from '../../tls.ts';

export interface RsyslogOptions {
  readonly certificates: LocalCertificates;
  /** Whether a client must have a certificate of the same authority. @default false */
  readonly clientCertificates?: boolean;
  /** The library that speaks TLS: GnuTLS refuses a client certificate without a word, OpenSSL by an alert. @default gtls */
  readonly driver?: 'gtls' | 'ossl';
  /** A longer message is cut, in bytes. @default 131072 */
  readonly longestMessage?: number;
  /** Called when the server itself must be downloaded first. */
  readonly onProgress?: (what: string) => void;
}

/** A message as rsyslog parsed it. */
export interface SyslogMessage {
  /** Facility and severity. */
  readonly pri: string;
  readonly timestamp: string;
  readonly hostname: string;
  readonly application: string;
  readonly messageId: string;
  readonly structuredData: string;
  /** With the byte order mark. */
  readonly message: string;
  /** As it was received. */
  readonly raw: string;
}

export interface LocalRsyslog {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** What rsyslog has written since the start, in order of arrival. */
  messages(): Promise<readonly SyslogMessage[]>;
  /** What rsyslog says of itself. */
  readLog(): Promise<string>;
  /** Ends the server; port and messages stay for {@link restart}. */
  suspend(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the server as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error that says what to install if there is no rsyslog for this machine, or with the end of its log. */
export const startRsyslog = async (options: RsyslogOptions): Promise<LocalRsyslog> => {
  const programs = await findRsyslog(options.onProgress);
  const host = '127.0.0.1';
  const port = await getPort({ host });
  const server = await makeServerProcess({ label: 'rsyslog', outputName: 'rsyslog.log' });
  const start = () => server.start(commandOf(programs, server), () => accepts(host, port));
  const stop = async () => {
    await server.end();
    await server.remove();
  };
  try {
    const { ca, cert, key } = options.certificates;
    await server.write('ca.pem', ca);
    await server.write('server.pem', cert);
    await server.write('server-key.pem', key);
    await server.write('rsyslog.conf', configuration({ ...options, folder: server.folder, host, port }));
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    port,
    messages: () => readMessages(join(server.folder, 'messages.jsonl')),
    readLog: () => readFile(server.outputFile, 'utf8'),
    suspend: () => server.end(),
    restart: async () => {
      await server.end();
      await start();
    },
    kill: () => server.kill(),
    stop,
  };
};

const findRsyslog = (onProgress?: (what: string) => void): Promise<ServerPrograms<'rsyslogd'>> =>
  findPrograms(
    {
      label: 'rsyslog 8 with GnuTLS and OpenSSL',
      suite: 'bookworm',
      packages: ['rsyslog', 'rsyslog-gnutls', 'rsyslog-openssl'],
      programs: { rsyslogd: 'usr/sbin/rsyslogd' },
      versionOf: 'rsyslogd',
      versionOption: '-v',
      version: /rsyslogd\s+8\./,
      folders: ['/usr/sbin', '/opt/homebrew/sbin', '/usr/local/sbin'],
      elsewhere: 'install it (macOS: brew install rsyslog; Fedora: dnf install rsyslog-gnutls rsyslog-openssl)',
    },
    onProgress,
  );

const triplets: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

const commandOf = ({ path, root }: ServerPrograms<'rsyslogd'>, { folder }: ServerProcess) => {
  const modules = root === undefined ? [] : ['-M', join(root, 'usr/lib', triplets[process.arch] ?? '', 'rsyslog')];
  return [path.rsyslogd, '-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'own.pid'), ...modules] as const;
};

interface Listener extends RsyslogOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

const fields: readonly (readonly [name: keyof SyslogMessage, property: string])[] = [
  ['pri', 'pri'],
  ['timestamp', 'timereported'],
  ['hostname', 'hostname'],
  ['application', 'app-name'],
  ['messageId', 'msgid'],
  ['structuredData', 'structured-data'],
  ['message', 'msg'],
  ['raw', 'rawmsg'],
];

/** https://www.rsyslog.com/doc/configuration/modules/imtcp.html */
const configuration = (listener: Listener): string => {
  const { folder, host, port, clientCertificates = false, driver = 'gtls', longestMessage = 131_072 } = listener;
  const properties = fields.map(([name, property]) => {
    const date = property === 'timereported' ? ' dateFormat="rfc3339"' : '';
    return `property(outname="${name}" name="${property}"${date} format="jsonf")`;
  });
  return `
global(
  workDirectory="${folder}" maxMessageSize="${longestMessage}"
  defaultNetstreamDriver="${driver}" defaultNetstreamDriverCAFile="${folder}/ca.pem"
  defaultNetstreamDriverCertFile="${folder}/server.pem" defaultNetstreamDriverKeyFile="${folder}/server-key.pem"
)
module(load="imtcp")
template(name="json" type="list") {
  constant(value="{") ${properties.join(' constant(value=",") ')} constant(value="}\\n")
}
ruleset(name="keep") {
  action(type="omfile" file="${folder}/messages.jsonl" template="json" fileCreateMode="0600")
}
input(
  type="imtcp" address="${host}" port="${port}" ruleset="keep"
  streamDriver.name="${driver}" streamDriver.mode="1" streamDriver.authMode="${clientCertificates ? 'x509/certvalid' : 'anon'}"
)
# What rsyslog says of itself comes without the ruleset.
action(type="omfile" file="${folder}/own.log")
`;
};

const accepts = async (host: string, port: number): Promise<void> => {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
};

const readMessages = async (file: string): Promise<readonly SyslogMessage[]> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    // rsyslog creates the file with its first message.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SyslogMessage);
};
