/** SDK clients that read the emulator as an account, past the gateway. */

export interface Scope {
  readonly account: string;
  readonly region: string;
}

interface Client {
  destroy(): void;
}

interface ClientConfiguration {
  endpoint: string;
  region: string;
  forcePathStyle: boolean;
  maxAttempts: number;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

export interface EmulatorClients {
  readonly emulator: string;
  /** One client for each service, account and region. */
  of<T extends Client>(Service: new (configuration: ClientConfiguration) => T, scope: Scope): T;
  /** What was asked for; nothing where it does not exist. */
  ifFound<T>(answer: Promise<T>): Promise<T | undefined>;
  close(): void;
}

export const createEmulatorClients = (emulator: string): EmulatorClients => {
  const clients = new Map<string, Client>();
  return {
    emulator,
    of: (Service, { account, region }) => {
      const name = [Service.name, account, region].join('\n');
      const known = clients.get(name);
      if (known instanceof Service) return known;
      const made = new Service({
        endpoint: emulator,
        region,
        forcePathStyle: true,
        maxAttempts: 2,
        // The emulator takes an access key id of twelve digits for the account.
        credentials: { accessKeyId: account, secretAccessKey: 'unused' },
      });
      clients.set(name, made);
      return made;
    },
    ifFound: async (answer) => {
      try {
        return await answer;
      } catch (error) {
        if (error instanceof Error && notFound.has(error.name)) return undefined;
        throw error;
      }
    },
    close: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
};

const notFound = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'ResourceNotFoundException',
  'NotFoundException',
  'NoSuchBucket',
  'NoSuchBucketPolicy',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
]);
