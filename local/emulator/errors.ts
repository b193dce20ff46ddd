/** Why the emulator is not available, in one sentence that says what to do. */

export type EmulatorErrorCode =
  | 'PYTHON_MISSING'
  | 'PYTHON_TOO_OLD'
  | 'PYTHON_PIP_MISSING'
  | 'REGISTRY_UNREACHABLE'
  | 'INSTALL_FAILED'
  | 'START_FAILED';

export class EmulatorError extends Error {
  readonly code: EmulatorErrorCode;

  constructor(code: EmulatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmulatorError';
    this.code = code;
  }
}
