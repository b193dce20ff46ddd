/** Message and exit code if the platform or the rehearsal fails. */
import { CatalogError } from '../../lib/catalog/index.ts';
import { EmulatorError } from '../emulator/errors.ts';
import { AlreadyUpError, ClosedCacheError } from '../state.ts';
import { NoRoomError } from '../temporary-folder.ts';

export interface Explanation {
  readonly message: string;
  /** 2: something is missing or wrong before anything was done; 1: a line did not hold. */
  readonly exitCode: 1 | 2;
}

export const explain = (error: unknown): Explanation => {
  if (!(error instanceof Error)) return { message: String(error), exitCode: 1 };
  const { code, port } = error as Error & { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE') {
    return {
      message: `Port ${String(port)} of 127.0.0.1 is taken: choose another with --port, or leave --port out for a free one.`,
      exitCode: 2,
    };
  }
  const missing = [AlreadyUpError, ClosedCacheError, NoRoomError, EmulatorError, CatalogError].some(
    (kind) => error instanceof kind,
  );
  return { message: error.message, exitCode: missing ? 2 : 1 };
};
